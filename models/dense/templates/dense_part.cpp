{# A projection's code for the postsynaptic neurons from _low to _high: all of them, or those of one
   thread (`models.dense.sharing`). A template that extends this one has the block "part". #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    _part_{{codeobj_name}}(0, {{projection.n_post}});
{% endblock %}

{% block extra_headers %}
#include <algorithm>
{{ 'static ' if threads() == 1 }}void _part_{{codeobj_name}}(int32_t, int32_t);
{% endblock %}

{% block extra_functions_cpp %}
{{ 'static ' if threads() == 1 }}void _part_{{codeobj_name}}(int32_t _low, int32_t _high)
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% block part %}{% endblock %}
}
{% endblock %}

{% block extra_functions_h %}
#include "brianlib/stdint_compat.h"
{% if threads() > 1 %}
void _part_{{codeobj_name}}(int32_t, int32_t);
{% endif %}
{% endblock %}
