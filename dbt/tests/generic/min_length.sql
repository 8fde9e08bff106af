{# A text has at least so many characters. Null passes. #}
{% test min_length(model, column_name, length) %}
    select {{ column_name }}
    from {{ model }}
    where length({{ column_name }}) < {{ length }}
{% endtest %}
