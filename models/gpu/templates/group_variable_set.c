{# ``group.variable[3:5] = text``, once before the first call. #}
{# USES_VARIABLES { _group_idx } #}
{% extends 'function.c' %}
{% block body %}
{{scalar_code|autoindent}}
for (int32_t _k = _tid; _k < _num_group_idx; _k += _threads) {
    const size_t _idx = {{_group_idx}}[_k];
    {{vector_code|autoindent}}
}
{% endblock %}
