{# One thread appends the spikes of a group, or of a part of it, to the list of this launch. #}
{# USES_VARIABLES { N, count, _source_start, _source_stop } #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{% extends 'function.c' %}
{% block body %}
{% set _eventspace = get_array_name(eventspace_variable) %}
const int32_t _n_events = {{_eventspace}}[_num{{eventspace_variable.name}} - 1];
{{scalar_code|autoindent}}
for (int32_t _k = 0; _k < _n_events; _k++) {
    const int32_t _idx = {{_eventspace}}[_k];
    if (_idx < _source_start || _idx >= _source_stop) continue;
    {{vector_code|autoindent}}
    {% for varname, var in record_variables | dictsort %}
    {{get_array_name(var, access_data=False)}}[{{N}}] = _to_record_{{varname}};
    {% endfor %}
    {{count}}[_idx - _source_start]++;
    {{N}}++;
}
{% endblock %}
