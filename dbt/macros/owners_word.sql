{# What the owner has said, as far as it stands: item_id, word, said (the statement as it was), memory_ids (the notes that
   it rested on), made_at. The owner is right whenever they say so: it holds for every clock. It is no ref(), since
   what is written between runs has no place in the graph, and unit tests need not name it. #}
{% macro owners_word(verb, kind) -%}
    (
        select correction_id, item_id, word, said, memory_ids, made_at
        from {{ target.database }}.control.owners_word
        where verb = '{{ verb }}' and kind = '{{ kind }}'
    )
{%- endmacro %}

{# The same statement is the one of this id, or the same words from one of the same notes. #}
{% macro _same_statement(words, item_id, said, memory_ids) -%}
    (
        {{ words }}.item_id = cast({{ item_id }} as varchar)
        or ({{ words }}.said = {{ said }} and list_has_any({{ words }}.memory_ids, {{ memory_ids }}))
    )
{%- endmacro %}

{# Whether the owner has rejected a statement. #}
{% macro is_rejected(kind, item_id, said, memory_ids) -%}
    exists (
        select 1
        from {{ owners_word("reject", kind) }} as rejections
        where {{ _same_statement("rejections", item_id, said, memory_ids) }}
    )
{%- endmacro %}

{# The text that the owner has put in a statement's place; null where there is none. #}
{% macro corrected(kind, item_id, said, memory_ids) -%}
    (
        select arg_max(corrections.word, corrections.correction_id)
        from {{ owners_word("correct", kind) }} as corrections
        where {{ _same_statement("corrections", item_id, said, memory_ids) }}
    )
{%- endmacro %}

{# Memories that something rests on which the owner has pinned. #}
{% macro pinned_memories() -%}
    (
        select distinct unnest(memory_ids) as memory_id
        from {{ target.database }}.control.owners_word
        where verb = 'pin'
    )
{%- endmacro %}
