{# The body of the function that a code object becomes: what all of them begin with. #}
{{pointers_lines|autoindent}}
{% block body %}{% endblock %}
