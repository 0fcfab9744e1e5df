{# The innermost loop of a projection, from low to high; `models.dense.patterns` writes its
   beginning. In it stand i, j and what Brian2 else takes from index arrays; the outer loop has
   set the other of _i and _j. #}
{% macro run_over(inner, low, high, projection, independent, vector_code) %}
{% set head = projection.pattern.loop(inner, low, high, '#pragma GCC ivdep' if independent else '') | join('\n') %}
        {{head|autoindent}}
            const int32_t i = _i, j = _j;
            const size_t _idx = {{projection.pattern.number}};
            const size_t _presynaptic_idx = _i + {{projection.pre_start}};
            const size_t _postsynaptic_idx = _j + {{projection.post_start}};
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
        {{ '}' * (head.count('{') - head.count('}')) }}
{% endmacro %}
