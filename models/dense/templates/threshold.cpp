{# Test a block of neurons first, without writing anything, and collect spikes where one fired.
   Where the threshold is "t_in_timesteps == variable", a block is left alone until its earliest
   time step; whatever writes the variable, but for the reset of these neurons, must set
   _moved (`models.dense.device`). #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {% set size = 16 if event_time else 64 %}
    {% if event_time %}
    {% set _due = get_array_name(variables[event_time]) %}
    const size_t _n_blocks = (N + {{size - 1}}) / {{size}};
    static int32_t _earliest[_n_blocks];
    const auto _look_ahead = [&](size_t _block) {
        int32_t _first = INT32_MAX;
        const size_t _to = (_block + 1)*{{size}} < N ? (_block + 1)*{{size}} : N;
        for (size_t _idx = _block*{{size}}; _idx < _to; _idx++) {
            const int32_t _then = {{_due}}[_idx] < t_in_timesteps ? INT32_MAX : {{_due}}[_idx];
            _first = _then < _first ? _then : _first;
        }
        _earliest[_block] = _first;
    };
    if (_moved) {
        for (size_t _block = 0; _block < _n_blocks; _block++) _look_ahead(_block);
        _moved = false;
    } else {
        // The reset of the last spikes gave new times to their neurons.
        for (int32_t _k = 0; _k < {{_eventspace}}[N]; _k++) _look_ahead({{_eventspace}}[_k] / {{size}});
    }
    {% endif %}
    long _count = 0;
    for (size_t _from = 0; _from < N; _from += {{size}}) {
        {% if event_time %}
        if (_earliest[_from / {{size}}] != t_in_timesteps) continue;
        {% endif %}
        const size_t _to = _from + {{size}} < N ? _from + {{size}} : N;
        {% if not event_time %}
        {{scan_type(variables)}} _any = 0;
        for (size_t _idx = _from; _idx < _to; _idx++) {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            _any |= _cond;
        }
        if (!_any) continue;
        {% endif %}
        for (size_t _idx = _from; _idx < _to; _idx++) {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            if (_cond) {
                {{_eventspace}}[_count++] = _idx;
                {% if _uses_refractory %}
                {{not_refractory}}[_idx] = false;
                {{lastspike}}[_idx] = {{t}};
                {% endif %}
            }
        }
    }
    {{_eventspace}}[N] = _count;
{% endblock %}

{% block extra_headers %}
{% if event_time %}
static bool _moved = true;
{% endif %}
{% endblock %}

{% block extra_functions_cpp %}
{% if event_time %}
void _moved_{{codeobj_name}}() { _moved = true; }
{% endif %}
{% endblock %}

{% block extra_functions_h %}
{% if event_time %}
void _moved_{{codeobj_name}}();
{% endif %}
{% endblock %}

{% block after_code %}
    {{get_array_name(eventspace_variable)}}[N] = 0;
{% endblock %}
