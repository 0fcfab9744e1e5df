{# A statement for those synapses that meet a condition, row by row. #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% from 'dense_loops.cpp' import run_over with context %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code['condition']|autoindent}}
    {{scalar_code['statement']|autoindent}}
    {% set code = vector_code['condition'] + ['if (_cond) {'] + vector_code['statement'] + ['}'] %}
    for (int32_t _i = 0; _i < {{projection.n_pre}}; _i++) {
        {{ run_over('_j', 0, projection.n_post, projection, false, code) }}
    }
{% endblock %}
