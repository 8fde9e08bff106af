{# An unordered pair stands once, with the lesser id first; nothing is linked with itself. #}
{% test ends_in_order(model) %}
    select memory_a, memory_b
    from {{ model }}
    where memory_a >= memory_b
{% endtest %}
