{# The innermost loop of a projection. In it stand i, j and what Brian2 else takes from index
   arrays; the outer loop has set the other of _i and _j. #}
{% macro run_over(inner, n, projection, independent, vector_code) %}
{% set outer = '_j' if inner == '_i' else '_i' %}
{% if projection.pattern == 'own' %}
        {
            const int32_t {{inner}} = {{outer}};
{% elif projection.pattern == 'others' %}
        for (int _side = 0; _side < 2; _side++)
        {{ '#pragma GCC ivdep' if independent }}
        for (int32_t {{inner}} = _side ? {{outer}} + 1 : 0; {{inner}} < (_side ? {{n}} : {{outer}}); {{inner}}++) {
{% else %}
        {{ '#pragma GCC ivdep' if independent }}
        for (int32_t {{inner}} = 0; {{inner}} < {{n}}; {{inner}}++) {
{% endif %}
            const int32_t i = _i, j = _j;
            const size_t _idx = {{ '_i' if projection.pattern == 'own' else '(size_t)_i*%d + _j' % projection.n_post }};
            const size_t _presynaptic_idx = _i + {{projection.pre_start}};
            const size_t _postsynaptic_idx = _j + {{projection.post_start}};
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
        }
{% endmacro %}
