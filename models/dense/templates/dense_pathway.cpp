{# on_pre or on_post: for each spike, a row or a column of the projection. #}
{% extends 'dense_part.cpp' %}
{% from 'dense_loops.cpp' import run_over with context %}
{% block part %}
    {% set inner, low, high = ('_j', '_low', '_high') if pathway.side == 'pre' else ('_i', 0, projection.n_pre) %}
    {% set outer = '_i' if inner == '_j' else '_j' %}
    {% set moving = ['_postsynaptic_idx' if inner == '_j' else '_presynaptic_idx', '_idx'] + (['_element'] if projection.pattern.distinct else []) %}
    {% set apart = independent(variables, variable_indices, written_variables, moving) %}
    {% set divided = threads() > 1 and (outer == '_j' or projection.pattern.one_to_one) %}
    const int32_t *_spikes = {{_spikespace}};
    {% if pathway.delay_steps %}
    // A ring of spike lists: this step's goes in, the one of {{pathway.delay_steps}} steps ago comes out.
    const int _width = {{pathway.n_parent + 1}};
    std::copy(_spikes, _spikes + _width, {{_ring}} + {{_ring_row}}*_width);
    {{_ring_row}} = ({{_ring_row}} + 1) % {{pathway.delay_steps + 1}};
    _spikes = {{_ring}} + {{_ring_row}}*_width;
    {% endif %}
    const int32_t _n_spikes = _spikes[{{pathway.n_parent}}];
    int32_t _k = 0;
    {% if apart and active('four_spikes') and projection.pattern.full and not (stateful or pathway.partial or divided) %}
    // Several spikes at a time: what they change at a neuron is loaded and stored once.
    {% for several in ([8, 4] if vector_code | length < 6 else [4]) %}
    for (; _k + {{several}} <= _n_spikes; _k += {{several}}) {
        const int32_t *{{outer}}s = _spikes + _k;
        {{ run_over(inner, low, high, projection, apart, vector_code, several) }}
    }
    {% endfor %}
    {% endif %}
    for (; _k < _n_spikes; _k++) {
        const int32_t {{outer}} = _spikes[_k]{{ ' - %d' % pathway.start if pathway.partial }};
        {% if pathway.partial %}
        if ({{outer}} < 0 || {{outer}} >= {{pathway.n_spiking}}) continue;
        {% endif %}
        {% if divided %}
        if ({{outer}} < _low || {{outer}} >= _high) continue;
        {% endif %}
        {{ run_over(inner, low, high, projection, apart, vector_code) }}
    }
{% endblock %}
