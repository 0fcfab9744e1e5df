{# Test a block of neurons first, without writing anything, and collect spikes where one fired.
   Where the threshold is "t_in_timesteps == variable", neurons wait in a calendar instead: one
   list per time step, modulo its length. Whatever writes the variable, but for the reset of
   these neurons, must set _moved (`models.dense.device`). Random numbers may be drawn once only,
   so a threshold with them is tested in a single loop. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {% if event_time %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% set _due = get_array_name(variables[event_time]) %}
    static int32_t _first[1024], _following[N];
    const auto _enter = [&](int32_t _idx) {
        if ({{_due}}[_idx] < t_in_timesteps) return;
        int32_t &_list = _first[{{_due}}[_idx] % 1024];
        _following[_idx] = _list;
        _list = _idx;
    };
    if (_moved) {
        std::fill(_first, _first + 1024, -1);
        for (int32_t _idx = 0; _idx < N; _idx++) _enter(_idx);
        _moved = false;
    } else {
        // The reset of the last spikes gave new times to their neurons.
        for (int32_t _k = 0; _k < {{_eventspace}}[N]; _k++) _enter({{_eventspace}}[_k]);
    }
    int32_t _count = 0;
    for (int32_t *_at = &_first[t_in_timesteps % 1024]; *_at >= 0;) {
        const int32_t _idx = *_at;
        if ({{_due}}[_idx] == t_in_timesteps) {
            {{_eventspace}}[_count++] = _idx;
            *_at = _following[_idx];
        } else {
            _at = &_following[_idx];
        }
    }
    std::sort({{_eventspace}}, {{_eventspace}} + _count);
    {{_eventspace}}[N] = _count;
    {% else %}
    int32_t _count = 0;
    _part_{{codeobj_name}}(0, N, {{_eventspace}}, _count);
    {{_eventspace}}[N] = _count;
    {% endif %}
{% endblock %}

{% block extra_headers %}
#include <algorithm>
{% if event_time %}
static bool _moved = true;
{% else %}
inline void _part_{{codeobj_name}}(int32_t, int32_t, int32_t*, int32_t&);
{% endif %}
{% endblock %}

{% block extra_functions_cpp %}
{% if event_time %}
void _moved_{{codeobj_name}}() { _moved = true; }
{% else %}
{% if active('block_scan') and not stateful %}
static const {{scan_type(variables)}} _bits[64] = {
    {% for half in range(2) %}
    {% for bit in range(31) %}{{2**bit}}, {% endfor %}INT32_MIN,
    {% endfor %}
};

// Append neurons, the first of which has the number _start, to a list of _count; those whose bit
// is set in _set. Four at a time: where the list ends cannot be predicted. What is written too much
// stays within the places of these neurons, since another thread's list may begin after them.
static inline int32_t _listed(uint32_t _set, int32_t _start, int32_t _stop, int32_t* _spikes,
                              int32_t _count)
{
    int32_t *_at = _spikes + _count;
    const int32_t _new = __builtin_popcount(_set);
    if (_new + 3 <= _stop - _start) {
        for (; _set; _at += 4)
            for (int _k = 0; _k < 4; _k++, _set &= _set - 1)
                _at[_k] = _start + __builtin_ctz(_set | 0x80000000u);
    } else {
        for (; _set; _set &= _set - 1) *_at++ = _start + __builtin_ctz(_set);
    }
    return _count + _new;
}
{% endif %}

// Spikes of the neurons from _low to _high, appended to a list of _count spikes.
inline void _part_{{codeobj_name}}(int32_t _low, int32_t _high, int32_t* _spikes, int32_t& _count)
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% if necessary %}
    if (!({{necessary}})) return;
    {% endif %}
    {% if active('block_scan') and not stateful %}
    for (int32_t _from = _low; _from < _high; _from += 64) {
        const int32_t _to = _from + 64 < _high ? _from + 64 : _high;
        {{scan_type(variables)}} _any = 0, _fired[64];
        // clang tests one neuron at a time without the pragma. A mask is faster than a choice.
        {% if active('independent') %}{{independent_pragma}}{% endif %}

        for (int32_t _idx = _from; _idx < _to; _idx++) {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            const {{scan_type(variables)}} _mark = -({{scan_type(variables)}})_cond & _bits[_idx - _from];
            _any |= _mark;
            _fired[_idx - _from] = _mark;
        }
        if (!_any) continue;
        {% if _uses_refractory %}const int32_t _before = _count;{% endif %}

        for (int32_t _start = _from; _start < _to; _start += 32) {
            const int32_t _stop = _start + 32 < _to ? _start + 32 : _to;
            uint32_t _set = 0;
            for (int32_t _idx = _start; _idx < _stop; _idx++) _set |= (uint32_t)_fired[_idx - _from];
            _count = _listed(_set, _start, _stop, _spikes, _count);
        }
        {% if _uses_refractory %}
        for (int32_t _k = _before; _k < _count; _k++) {
            const int32_t _idx = _spikes[_k];
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
        }
        {% endif %}
    }
    {% else %}
    for (int32_t _idx = _low; _idx < _high; _idx++) {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        if (_cond) {
            _spikes[_count++] = _idx;
            {% if _uses_refractory %}
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
            {% endif %}
        }
    }
    {% endif %}
}
{% endif %}
{% endblock %}

{% block extra_functions_h %}
{% if event_time %}
void _moved_{{codeobj_name}}();
{% else %}
#include "brianlib/stdint_compat.h"
void _part_{{codeobj_name}}(int32_t, int32_t, int32_t*, int32_t&);
{% endif %}
{% endblock %}

{% block after_code %}
    {{get_array_name(eventspace_variable)}}[N] = 0;
{% endblock %}
