{# Statements for all synapses, row by row. #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'dense_part.cpp' %}
{% from 'dense_loops.cpp' import run_over with context %}
{% block part %}
    for (int32_t _i = 0; _i < {{projection.n_pre}}; _i++) {
        {{ run_over('_j', '_low', '_high', projection, independent(variables, variable_indices, written_variables, ['_idx', '_postsynaptic_idx']), vector_code) }}
    }
{% endblock %}
