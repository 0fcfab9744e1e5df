{# Every thread updates its own neurons. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'function.c' %}
{% block body %}
{{scalar_code|autoindent}}
for (int32_t _idx = _tid; _idx < {{constant_or_scalar('N', variables['N'])}}; _idx += _threads) {
    {{vector_code|autoindent}}
}
{% endblock %}
