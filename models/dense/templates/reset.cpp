{# The statements of a reset, for the neurons that fired. Where they tell when a neuron fires again,
   all its spikes of a slot can be found in advance (`models.dense.ahead`): _ahead_ lists them, _due_
   hands out those of a step, and _rest_ executes what the reset does beside. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% from 'dense_spikes.cpp' import for_each_spike with context %}
{% block maincode %}
    {{ for_each_spike(get_array_name(eventspace_variable), scalar_code, vector_code) }}
{% endblock %}

{% block extra_headers %}
{% if ahead %}
#include <vector>
{% endif %}
{% endblock %}

{% block extra_functions_cpp %}
{% if ahead %}
{% set due = get_array_name(variables[ahead.due]) %}
{% set _eventspace = get_array_name(eventspace_variable) %}
// Of each spike: its step, counted from the slot's first, and its neuron. Then the neurons in
// the order of the steps, and where those of the next step begin.
static std::vector<int32_t> _steps, _neurons, _sorted, _ends;

void _ahead_{{codeobj_name}}(int32_t _begin, int32_t _length)
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    const size_t _vectorisation_idx = -1;
    {{ahead.scalar|autoindent}}
    const int32_t _end = _begin + _length;
    size_t _count = 0;
    _ends.assign(_length + 1, 0);
    for (int32_t _idx = 0; _idx < N; _idx++) {
        const size_t _vectorisation_idx = _idx;
        if ({{due}}[_idx] < _begin || {{due}}[_idx] >= _end) continue;
        // A neuron fires once a step at most.
        if (_steps.size() < _count + _length) {
            _steps.resize(2*(_count + _length));
            _neurons.resize(2*(_count + _length));
        }
        {{ahead.load|autoindent}}
        int64_t t_in_timesteps;
        do {
            t_in_timesteps = {{ahead.due}};
            _steps[_count] = t_in_timesteps - _begin;
            _neurons[_count++] = _idx;
            _ends[t_in_timesteps - _begin + 1]++;
            {{ahead.each|autoindent}}
        } while ({{ahead.due}} > t_in_timesteps && {{ahead.due}} < _end);
        {{ahead.store|autoindent}}
    }
    for (int32_t _step = 0; _step < _length; _step++) _ends[_step + 1] += _ends[_step];
    if (_sorted.size() < _count) _sorted.resize(_count);
    for (size_t _k = 0; _k < _count; _k++) _sorted[_ends[_steps[_k]]++] = _neurons[_k];
}

void _due_{{codeobj_name}}(int32_t _step)
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    const int32_t _from = _step ? _ends[_step - 1] : 0;
    const int32_t _count = _ends[_step] - _from;
    for (int32_t _k = 0; _k < _count; _k++) {{_eventspace}}[_k] = _sorted[_from + _k];
    {{_eventspace}}[N] = _count;
}

void _rest_{{codeobj_name}}()
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    {{ for_each_spike(get_array_name(eventspace_variable), ahead.rest_scalar, ahead.rest) }}
}
{% endif %}
{% endblock %}

{% block extra_functions_h %}
{% if ahead %}
#include "brianlib/stdint_compat.h"
void _ahead_{{codeobj_name}}(int32_t, int32_t);
void _due_{{codeobj_name}}(int32_t);
void _rest_{{codeobj_name}}();
{% endif %}
{% endblock %}
