{# The loop over the neurons that fired in a step. #}
{% macro for_each_spike(eventspace, before, lines) %}
    const int32_t *_events = {{eventspace}};
    const int32_t _num_events = {{eventspace}}[N];
    const size_t _vectorisation_idx = -1;
    {{before|autoindent}}
    {{openmp_pragma('parallel-static')}}
    for (int32_t _event = 0; _event < _num_events; _event++) {
        const size_t _idx = _events[_event];
        const size_t _vectorisation_idx = _idx;
        {{lines|autoindent}}
    }
{% endmacro %}
