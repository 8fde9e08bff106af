{# The memories that an item of a telling rests on, from its note numbers (from 1); numbers of no note are left out. #}
{% macro noted(numbers, memory_ids) -%}
    list_transform(
        list_filter({{ numbers }}, lambda note: note between 1 and len({{ memory_ids }})),
        lambda note: {{ memory_ids }}[note]
    )
{%- endmacro %}

{# A list of an answer about a thread as JSON text: [{text, memory_ids}], each item with the memories that it rests on.
   An item that rests on none is left out. `changed` has before, after, when and why, too. #}
{% macro cited(answer, field, memory_ids) -%}
    {%- set more = ["before", "after", "when", "why"] if field == "changed" else [] -%}
    cast(
        to_json(
            list_filter(
                list_transform(
                    coalesce(
                        from_json(
                            json_extract({{ answer }}, '$.{{ field }}'),
                            '[{
                                {%- for name in more or ["text"] %}"{{ name }}": "VARCHAR", {% endfor -%}
                                "notes": ["INTEGER"]}]'
                        ),
                        []
                    ),
                    lambda item: {
                        'text': {{ "item.before || ' → ' || item.after" if more else "item.text" }},
                        {%- for name in more %}
                        '{{ name }}': item."{{ name }}",
                        {%- endfor %}
                        'memory_ids': {{ noted("item.notes", memory_ids) }}
                    }
                ),
                lambda item: len(item.memory_ids) > 0
            )
        ) as varchar
    )
{%- endmacro %}
