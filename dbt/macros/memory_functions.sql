{# Retrievability after `days` at stability `stability` (days): a power law, 1 at 0 (Wixted & Ebbesen 1991; FSRS). #}
{% macro retrievability(days, stability) -%}
    {%- set exponent = var("decay_exponent") -%}
    {# The factor makes R = 0.9 at t = S whatever the exponent (19/81 for 0.5). #}
    pow(1 + (pow(0.9, -1.0 / {{ exponent }}) - 1) * greatest({{ days }}, 0) / {{ stability }}, -{{ exponent }})
{%- endmacro %}

{# Days between two instants, as a double. #}
{% macro days_between(earlier, later) -%}
    ((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 86400000000.0)
{%- endmacro %}

{# What is left of a link, in (0, 1], that was last used at an instant: it fades at a rate an hour. #}
{% macro link_fading(last_at, now) -%}
    exp(-{{ var("synaptic_decay_rate") }} * 24 * greatest({{ days_between(last_at, now) }}, 0))
{%- endmacro %}

{# Strength of a trace after so many full replays (soft bound): 1 - (1 - x)(1 - eta)^n. #}
{% macro replayed_strength(encoding_strength, replays) -%}
    (1 - (1 - {{ encoding_strength }}) * pow(1 - {{ var("hebbian_learning_rate") }}, {{ replays }}))
{%- endmacro %}

{# Evidence from independent cues, each in [0, 1] (noisy-OR). #}
{% macro noisy_or(cues) -%}
    (1 {% for cue in cues %} * (1 - {{ cue }}){% endfor %} - 1) * -1
{%- endmacro %}

{# The waking day an instant belongs to: sleep, at four in the morning, parts the days. #}
{% macro waking_day(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) - interval 4 hour as date)
{%- endmacro %}

{# How alike two memories are, in [0, 1], whatever the embedding model: the cosine between what the model gives for
   unrelated texts and for texts that say the same (calibrated, control.answer_contracts). #}
{% macro similarity(cosine) -%}
    {%- set contract -%}
        from {{ source("control", "answer_contracts") }} where task = 'embedding'
    {%- endset -%}
    least(1, greatest(0,
        ({{ cosine }} - (select cosine_floor {{ contract }}))
        / ((select cosine_ceiling {{ contract }}) - (select cosine_floor {{ contract }}))
    ))
{%- endmacro %}

{# The night an instant belongs to, named by the date of its evening: from noon to noon. #}
{% macro night_of(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) - interval 12 hour as date)
{%- endmacro %}
