{# Test a block of neurons first, without writing anything, and collect spikes where one fired. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    long _count = 0;
    for (size_t _from = 0; _from < N; _from += 64) {
        const size_t _to = _from + 64 < N ? _from + 64 : N;
        {{scan_type(variables)}} _any = 0;
        for (size_t _idx = _from; _idx < _to; _idx++) {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            _any |= _cond;
        }
        if (!_any) continue;
        for (size_t _idx = _from; _idx < _to; _idx++) {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            if (_cond) {
                {{_eventspace}}[_count++] = _idx;
                {% if _uses_refractory %}
                {{not_refractory}}[_idx] = false;
                {{lastspike}}[_idx] = {{t}};
                {% endif %}
            }
        }
    }
    {{_eventspace}}[N] = _count;
{% endblock %}

{% block after_code %}
    {{get_array_name(eventspace_variable)}}[N] = 0;
{% endblock %}
