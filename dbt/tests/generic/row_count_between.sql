{# The model holds between min and max rows. #}
{% test row_count_between(model, min=0, max=none) %}
    select count(*) as row_count
    from {{ model }}
    having count(*) < {{ min }} {% if max is not none %} or count(*) > {{ max }} {% endif %}
{% endtest %}
