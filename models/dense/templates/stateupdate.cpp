{# The loop over neurons, in parts that the threshold can follow while they are in the cache
   (`models.dense.fusion`). #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    _part_{{codeobj_name}}(0, {{constant_or_scalar('N', variables['N'])}});
{% endblock %}

{% block extra_headers %}
#include <algorithm>
#include <cstring>
void _part_{{codeobj_name}}(int32_t, int32_t);
{% endblock %}

{% block extra_functions_cpp %}
void _part_{{codeobj_name}}(int32_t _from, int32_t _to)
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {{openmp_pragma('parallel-static')}}
    {% if written_variables | length <= 2 %}
    // Counting takes a third of a short loop (784 traces that decay).
    #pragma GCC unroll 4
    {% endif %}
    for (int _idx = _from; _idx < _to; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
}
{% endblock %}

{% block extra_functions_h %}
#include "brianlib/stdint_compat.h"
void _part_{{codeobj_name}}(int32_t, int32_t);
{% endblock %}
