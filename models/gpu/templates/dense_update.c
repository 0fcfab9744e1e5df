{# Statements for all synapses; every thread goes down the columns of its own postsynaptic
   neurons. #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'function.c' %}
{% from 'dense_synapse.c' import synapse with context %}
{% block body %}
{% set plan = division(projection, 'pre') %}
{% set apart = independent(variables, variable_indices, written_variables, plan.moving) %}
{{scalar_code|autoindent}}
{% if plan.simple and apart %}
for (int32_t _j = {{plan.first}}; _j < {{plan.n}}; _j += _threads) {
    const size_t _postsynaptic_idx = _j + {{plan.start}};
    {{kept['_postsynaptic_idx'].load|autoindent}}
    for (int32_t _i = 0; _i < {{projection.n_pre}}; _i++) {
        {{plan.unlike}}
        {{synapse(projection, kept['_postsynaptic_idx'].each(vector_code))}}
    }
    {{kept['_postsynaptic_idx'].store|autoindent}}
}
{% else %}
for (int32_t _i = 0; _i < {{projection.n_pre}}; _i++) {
    {{plan.head|autoindent}}
        {{plan.unlike}}
        {{synapse(projection, vector_code)}}
    {{plan.tail}}
}
{% endif %}
{% endblock %}
