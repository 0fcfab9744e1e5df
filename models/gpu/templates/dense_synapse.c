{# The code of one synapse, whose neurons are _i and _j, and what Brian2 else takes from index
   arrays. #}
{% macro synapse(projection, lines) %}
{% if projection.pattern.shares and projection.pattern.full %}
const size_t _element = {{projection.pattern.element}};
{% endif %}
const int32_t i = _i, j = _j;
const size_t _idx = {{projection.pattern.number}};
const size_t _presynaptic_idx = _i + {{projection.pre_start}};
const size_t _postsynaptic_idx = _j + {{projection.post_start}};
{{lines|autoindent}}
{% endmacro %}
