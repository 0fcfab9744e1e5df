{# A row of values. The number of the row is that of the slot or step in this launch. #}
{# USES_VARIABLES { _indices, N } #}
{# WRITES_TO_READ_ONLY_VARIABLES { N } #}
{% extends 'function.c' %}
{% block body %}
{{scalar_code|autoindent}}
for (int32_t _i = _tid; _i < _num_indices; _i += _threads) {
    const int32_t _idx = {{_indices}}[_i];
    {{vector_code|autoindent}}
    {% for varname, var in _recorded_variables | dictsort %}
    {{get_array_name(var, access_data=False)}}[(size_t)_row*_num_indices + _i] = _to_record_{{varname}};
    {% endfor %}
}
{% endblock %}
