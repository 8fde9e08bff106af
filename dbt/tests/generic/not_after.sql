{# An instant is not later than another of the same row. Null passes. #}
{% test not_after(model, column_name, other) %}
    select {{ column_name }}, {{ other }}
    from {{ model }}
    where {{ column_name }} > {{ other }}
{% endtest %}
