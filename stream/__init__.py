"""Segue: what people do comes in, changes of segment come out. What runs is here; models are made in `export`.

To read it like an essay, take this order.

What is thought, with no clock, no file and no network (`core`):

    core.event           what a record can mean
    core.window          a person's last items, in the order they happened
    core.features        numbers of a window, by name
    core.text_step       how a text is normalised, here and in training (behaviour_text)
    core.encoder         the seam to any text model
    core.profile         a window as one vector
    core.labels          what texts say of a person, and how surely
    core.segment_model   segments, and how far a profile is from each
    core.decide          when a person changes segment
    core.evidence        why
    core.output          what is said, as values
    core.policy          what the operator decided
    core.state           what is remembered
    core.timeline        time, and timers in order
    core.evaluation      many windows looked at in one sweep
    core.judge           from looks to what is said
    core.step            all of it, as one function

How segments come about, also pure:

    core.training.clustering     k-means that keeps rare segments
    core.training.terms          the words that tell a segment from the others
    core.training.description    what people read about a segment
    core.training.lineage        what becomes of segments
    core.training.state          what training remembers
    core.training.train          samples in, the next segment model out

How values look as bytes (`wire`): `topics` names them, `calls`, `fields`, `timestamps`, `reasons` and `user_events`
read what comes in, `schema` describes it; `changes`, `dead_letters`, `samples` and `segment_models` are what goes out;
`state_records`, `restoration` and `trainer_records` are the memory; `message` is what they have in common.

What carries it:

    engines.job          the seam between computing and delivering
    jobs.segmenter       the main job
    jobs.trainer         the second
    engines.happenings   what an engine tells those who watch it
    engines.transactional    the loop, on Kafka's groups and transactions
    replay               the jobs with no broker

What it stands on and how it is used: `adapters` are the outside world, `settings` every setting, `bootstrap` puts the
parts together, `cli` has the verbs, `demo` shows it all at work.
"""
