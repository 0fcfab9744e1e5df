{# The innermost loop of a projection, from low to high. In it stand i, j and what Brian2 else takes
   from index arrays; the outer loop has set the other of _i and _j. #}
{% macro run_over(inner, low, high, projection, independent, vector_code) %}
{% set outer = '_j' if inner == '_i' else '_i' %}
{% if projection.pattern == 'kernel' %}
        {{ run_over_kernel(projection, independent, vector_code) }}
{% else %}
{% if projection.pattern == 'own' %}
        {
            const int32_t {{inner}} = {{outer}};
{% elif projection.pattern == 'others' %}
        for (int _side = 0; _side < 2; _side++)
        {{ '#pragma GCC ivdep' if independent }}
        for (int32_t {{inner}} = _side ? std::max({{outer}} + 1, {{low}}) : {{low}}; {{inner}} < (_side ? {{high}} : std::min({{outer}}, {{high}})); {{inner}}++) {
{% else %}
        {{ '#pragma GCC ivdep' if independent }}
        for (int32_t {{inner}} = {{low}}; {{inner}} < {{high}}; {{inner}}++) {
{% endif %}
            const int32_t i = _i, j = _j;
            const size_t _idx = {{ '_i' if projection.pattern == 'own' else '(size_t)_i*%d + _j' % projection.n_post }};
            const size_t _presynaptic_idx = _i + {{projection.pre_start}};
            const size_t _postsynaptic_idx = _j + {{projection.post_start}};
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
        }
{% endif %}
{% endmacro %}

{# All places of a kernel that see the neuron _i of an image; neurons are numbered (row, column,
   channel), elements of the kernel (row, column, channel, map). #}
{% macro run_over_kernel(projection, independent, vector_code) %}
{% set height, width, channels = projection.layer.source %}
{% set rows, columns, maps = projection.layer.shape %}
{% set size = projection.layer.size %}
        const int32_t _y = _i/{{width*channels}}, _x = _i/{{channels}} % {{width}};
        for (int32_t _row = 0; _row < {{size}}; _row++)
        for (int32_t _column = 0; _column < {{size}}; _column++) {
            if (_y < _row || _y - _row >= {{rows}} || _x < _column || _x - _column >= {{columns}}) continue;
            const int32_t _first = ((_y - _row)*{{columns}} + _x - _column)*{{maps}};
            const int32_t _tap = ((_row*{{size}} + _column)*{{channels}} + _i % {{channels}})*{{maps}};
            {{ '#pragma GCC ivdep' if independent }}
            for (int32_t _map = 0; _map < {{maps}}; _map++) {
                const int32_t i = _i, j = _first + _map, tap = _tap + _map;
                const size_t _presynaptic_idx = i, _postsynaptic_idx = j, _vectorisation_idx = j;
                {{vector_code|autoindent}}
            }
        }
{% endmacro %}
