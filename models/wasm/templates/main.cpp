{# The entry points of a network without files, in place of Brian2's main(). start() makes the
   arrays and gives them the values that the network's own text says. Whoever calls then writes state
   and stimuli to where pointer() says, and show() shows the samples (`models.wasm.project`). #}
#include "objects.h"
#include "run.h"
#include "brianlib/common_math.h"

{% for codeobj in code_objects | sort(attribute='name') %}
#include "code_objects/{{codeobj.name}}.h"
{% for block in codeobj.before_after_blocks %}
#include "code_objects/{{block}}_{{codeobj.name}}.h"
{% endfor %}
{% endfor %}
{% for name in user_headers | sort %}
#include {{name}}
{% endfor %}

{# Brian2 keeps these in files: lists of the neurons that a monitor records, and the like. #}
{% for name, type, numbers in static_values() %}
static const {{type}} _values{{name}}[] = { {{numbers}} };
{% endfor %}

extern "C" {

void start()
{
    using namespace brian;

    _init_arrays();
    {% for name, type, numbers in static_values() %}
    std::copy(std::begin(_values{{name}}), std::end(_values{{name}}), {{name}});
    {% endfor %}
    {% for clock, timestep, dt, t in clocks() %}
    {{clock}}.timestep = {{timestep}};
    {{clock}}.dt = {{dt}};
    {{clock}}.t = {{t}};
    {% endfor %}
    {{main_lines|autoindent}}
}

void show()
{
    {{show}}();
}

void *pointer(int array)
{
    using namespace brian;

    switch (array) {
    {% for expression in pointers() %}
    case {{loop.index0}}: return (void *)({{expression}});
    {% endfor %}
    }
    return 0;
}

}
