{# ``group.variable[condition] = text``, once before the first call. #}
{# USES_VARIABLES { N } #}
{% extends 'function.c' %}
{% block body %}
{{scalar_code['condition']|autoindent}}
{{scalar_code['statement']|autoindent}}
for (int32_t _idx = _tid; _idx < {{constant_or_scalar('N', variables['N'])}}; _idx += _threads) {
    {{vector_code['condition']|autoindent}}
    if (_cond) {
        {{vector_code['statement']|autoindent}}
    }
}
{% endblock %}
