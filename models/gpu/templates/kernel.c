{# The whole program: where the arrays of a replica lie, a function for each code object, and the
   loop over slots and steps. #}
{% include 'prelude.c' %}


/* Clocks: every thread has its own. */
typedef struct {
    {% for clock in clocks %}
    int64_t {{clock.name}}_timestep[1];
    double {{clock.name}}_t[1];
    double {{clock.name}}_dt[1];
    {% endfor %}
} Times;
{% for clock in clocks %}
{% for part in ('timestep', 't', 'dt') %}
#define {{clock[part]}} (_times->{{clock.name}}_{{part}})
{% endfor %}
{% endfor %}

#define SET_TIME(clock, ticks) \
    _now.clock##_timestep[0] = (ticks); \
    _now.clock##_t[0] = _now.clock##_timestep[0]*_now.clock##_dt[0]

/* Arrays of a replica. */
{% for array in arrays %}
#define {{array.name}} ((GLOBAL {{array.type}} *)({{array.region}} + {{array.offset}}ul))
{% endfor %}
{% for name, offset in fired.items() %}
#define FIRED_{{name}} {{offset}}
{% endfor %}

/* Functions. */
{{functions}}

#define SCOPE GLOBAL char *_own, GLOBAL char *_fixed, SCRATCH uint32_t *_fired, const Times *_times, \
              const int32_t _row, const int32_t _tid, const int32_t _threads
{% for code in codes %}

DEVICE void _run_{{code.name}}(SCOPE)
{
{{code.text}}
}
{% endfor %}

/* Show slots, at most so many, while there is a sample to be shown. A work-group is a replica. */
KERNEL void show(GLOBAL char *_all, const uint64_t _stride, GLOBAL char *_all_fixed,
                 const uint64_t _fixed_stride, const int32_t _most)
{
    GLOBAL char *_own = _all + REPLICA*_stride;
    GLOBAL char *_fixed = _all_fixed + REPLICA*_fixed_stride;
#ifdef ONE_AFTER_THE_OTHER
    SCRATCH uint32_t *_marks = _marks_in_memory;
#else
    LOCAL_ARRAY uint32_t _marks[2*{{words}}];
#endif
    const int64_t _first = _ticks[0], _first_slot = _ticks[1];
    OPAQUE int32_t _me = TID;
    Times _now;
    {% for clock in clocks %}
    _now.{{clock.name}}_dt[0] = {{clock.step}};
    {% endfor %}
    for (int32_t _word = _me; _word < 2*{{words}}; _word += THREADS) _marks[_word] = 0;
    if (_me == 0) {
        {% for counter in counters %}
        {{counter}}[0] = 0;
        {% endfor %}
    }
    BARRIER;
    int32_t _slot = 0;
    for (; _slot < _most && {{condition}}; _slot++) {
        /* Every thread has read the condition. */
        BARRIER;
        SET_TIME({{clocks[1].name}}, _first_slot + _slot);
        for (int32_t _step = 0; _step < {{steps}}; _step++) {
            const int32_t _row = _slot*{{steps}} + _step;
            SET_TIME({{clocks[0].name}}, _first + _row);
            /* Spikes of this step are marked in one half, the other one is cleared for the next. */
            SCRATCH uint32_t *_fired = _marks + (_row & 1)*{{words}};
            for (int32_t _word = _me; _word < {{words}}; _word += THREADS)
                _marks[(1 - (_row & 1))*{{words}} + _word] = 0;
            {{lines | join('\n')}}
            BARRIER;
        }
    }
    if (_me == 0) {
        _ticks[0] = _first + _slot*{{steps}};
        _ticks[1] = _first_slot + _slot;
        _shown[0] = _slot;
        _left[0] = {{condition}};
    }
}
{% if assignments %}

/* One assignment by text, before the first call. */
KERNEL void assign(GLOBAL char *_own, const uint64_t _stride, GLOBAL char *_fixed,
                   const uint64_t _fixed_stride, const int32_t _which)
{
    SCRATCH uint32_t *_fired = 0;
    Times _now;
    {% for clock in clocks %}
    _now.{{clock.name}}_timestep[0] = 0;
    _now.{{clock.name}}_t[0] = 0;
    _now.{{clock.name}}_dt[0] = {{clock.step}};
    {% endfor %}
    if (TID) return;
    {% for name in assignments %}
    if (_which == {{loop.index0}}) _run_{{name}}(_own, _fixed, _fired, &_now, 0, 0, 1);
    {% endfor %}
}
{% endif %}
