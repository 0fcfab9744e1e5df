{# The innermost loop of a projection, from low to high; `models.dense.patterns` writes its
   beginning. In it stand i, j and what Brian2 else takes from index arrays; the outer loop has
   set the other of _i and _j. Where several spikes are handled at a time, theirs is a list. #}
{% macro run_over(inner, low, high, projection, independent, vector_code, several=1) %}
{% set outer = '_i' if inner == '_j' else '_j' %}
{% set head = projection.pattern.loop(inner, low, high, independent_pragma if independent else '') | join('\n') %}
        {{head|autoindent}}
        {% if several > 1 %}
        {% set neuron = '_postsynaptic_idx' if inner == '_j' else '_presynaptic_idx' %}
        {% set first = projection.post_start if inner == '_j' else projection.pre_start %}
        const size_t {{neuron}} = {{inner}} + {{first}};
        {{kept[neuron].load|autoindent}}
        {% endif %}
        {% for number in range(several) %}
        {
            {% if several > 1 %}
            const int32_t {{outer}} = {{outer}}s[{{number}}];
            {% endif %}
            {% if projection.pattern.shares and projection.pattern.full %}
            const size_t _element = {{projection.pattern.element}};
            {% endif %}
            const int32_t i = _i, j = _j;
            const size_t _idx = {{projection.pattern.number}};
            const size_t _presynaptic_idx = _i + {{projection.pre_start}};
            const size_t _postsynaptic_idx = _j + {{projection.post_start}};
            const size_t _vectorisation_idx = _idx;
            {{(kept[neuron].each(vector_code) if several > 1 else vector_code)|autoindent}}
        }
        {% endfor %}
        {% if several > 1 %}
        {{kept[neuron].store|autoindent}}
        {% endif %}
        {{ '}' * (head.count('{') - head.count('}')) }}
{% endmacro %}
