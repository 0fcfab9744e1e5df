{# Every thread sets back its own ones of the neurons that have fired. #}
{# USES_VARIABLES { N } #}
{% extends 'function.c' %}
{% block body %}
GLOBAL const int32_t *_events = {{get_array_name(eventspace_variable)}};
{{scalar_code|autoindent}}
const int32_t _n_events = _events[N];
for (int32_t _k = 0; _k < _n_events; _k++) {
    const int32_t _idx = _events[_k];
    if (_idx % _threads != _tid) continue;
    {{vector_code|autoindent}}
}
{% endblock %}
