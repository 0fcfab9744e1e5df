{# on_pre or on_post: for each spike, a row or a column of the projection. The partners of the
   neuron that fired are divided among the threads (`models.gpu.loops`). #}
{% extends 'function.c' %}
{% from 'dense_synapse.c' import synapse with context %}
{% block body %}
{% set plan = division(projection, pathway.side) %}
{% set apart = independent(variables, variable_indices, written_variables, plan.moving) %}
{{scalar_code|autoindent}}
GLOBAL const int32_t *_spikes = {{_spikespace}};
{% if pathway.delay_steps %}
{# A ring of spike lists: this step's goes in, the one of some steps ago comes out. #}
const int32_t _turn = (int32_t)({{get_array_name(pathway.clock.variables['timestep'], access_data=False)}}[0] % {{pathway.delay_steps + 1}});
for (int32_t _k = _tid; _k < _spikes[{{pathway.n_parent}}]; _k += _threads)
    {{_ring}}[_turn*{{pathway.n_parent + 1}} + _k] = _spikes[_k];
if (_tid == 0)
    {{_ring}}[_turn*{{pathway.n_parent + 1}} + {{pathway.n_parent}}] = _spikes[{{pathway.n_parent}}];
_spikes = {{_ring}} + (_turn + 1) % {{pathway.delay_steps + 1}}*{{pathway.n_parent + 1}};
{% endif %}
const int32_t _n_spikes = _spikes[{{pathway.n_parent}}];
{% if plan.simple and apart %}
{# What the spikes of a step change at a neuron is loaded and stored once. #}
for (int32_t {{plan.inner}} = {{plan.first}}; {{plan.inner}} < {{plan.n}}; {{plan.inner}} += _threads) {
    const size_t {{plan.index}} = {{plan.inner}} + {{plan.start}};
    {{kept[plan.index].load|autoindent}}
    for (int32_t _k = 0; _k < _n_spikes; _k++) {
        {{spike(pathway, plan)|autoindent}}
        {{plan.unlike}}
        {{synapse(projection, kept[plan.index].each(vector_code))}}
    }
    {{kept[plan.index].store|autoindent}}
}
{% else %}
for (int32_t _k = 0; _k < _n_spikes; _k++) {
    {{spike(pathway, plan)|autoindent}}
    {{plan.head|autoindent}}
        {{plan.unlike}}
        {{synapse(projection, vector_code)}}
    {{plan.tail}}
}
{% endif %}
{% endblock %}
