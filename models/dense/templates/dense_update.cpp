{# Statements for all synapses, row by row. #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% from 'dense_loops.cpp' import run_over with context %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    for (int32_t _i = 0; _i < {{projection.n_pre}}; _i++) {
        {{ run_over('_j', projection.n_post, projection, independent(variables, variable_indices, written_variables, ['_idx', '_postsynaptic_idx']), vector_code) }}
    }
{% endblock %}
