{# A statement for those synapses that meet a condition, once before the first call. #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'function.c' %}
{% from 'dense_synapse.c' import synapse with context %}
{% block body %}
{% set plan = division(projection, 'pre') %}
{{scalar_code['condition']|autoindent}}
{{scalar_code['statement']|autoindent}}
{% set code = vector_code['condition'] + ['if (_cond) {'] + vector_code['statement'] + ['}'] %}
for (int32_t _i = 0; _i < {{projection.n_pre}}; _i++) {
    {{plan.head|autoindent}}
        {{plan.unlike}}
        {{synapse(projection, code)}}
    {{plan.tail}}
}
{% endblock %}
