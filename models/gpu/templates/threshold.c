{# Every thread tests its own neurons and marks those that fire by bits. Once all
   threads have done so, `_list` of prelude.c writes the list of spikes. #}
{# USES_VARIABLES { N } #}
{% extends 'function.c' %}
{% block body %}
{{scalar_code|autoindent}}
{% if necessary %}
if (!({{necessary}})) return;
{% endif %}
SCRATCH uint32_t *_bits = _fired + FIRED_{{codeobj_name}};
for (int32_t _idx = _tid; _idx < N; _idx += _threads) {
    {{vector_code|autoindent}}
    if (_cond) {
        ATOMIC_OR(&_bits[_idx >> 5], 1u << (_idx & 31));
        {% if _uses_refractory %}
        {{not_refractory}}[_idx] = false;
        {{lastspike}}[_idx] = {{t}};
        {% endif %}
    }
}
{% endblock %}
