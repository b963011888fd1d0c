-- One mark saved, as grades.services.record_marks and the journal write it: played by pgbench (chains.py).
-- `benchmark_writer` says what each writes: an évaluation, a student, a chain of the journal.
SELECT assessment, enrolment, department, chain, by FROM benchmark_writer WHERE id = :client_id \gset
\set value random(0, 80)
BEGIN;
SELECT pg_advisory_xact_lock_shared(:enrolment);
SELECT id FROM grades_assessment WHERE id = :assessment FOR UPDATE;
INSERT INTO grades_mark AS mark (assessment_id, enrolment_id, value, code, version, entered_by_id, entered_at)
    VALUES (:assessment, :enrolment, :value::numeric / 4, '', 1, :by, now())
    ON CONFLICT (assessment_id, enrolment_id) DO UPDATE
    SET value = excluded.value, version = mark.version + 1, entered_at = excluded.entered_at
    RETURNING id AS mark, version, mark.id || ' ' || version AS entered \gset
INSERT INTO grades_markchange (mark_id, version, value, code, by_id, at, origin)
    VALUES (:mark, :version, :value::numeric / 4, '', :by, now(), 'screen');
SELECT pg_advisory_xact_lock(1786081913, :chain::int);
SELECT digest AS previous FROM journal_head WHERE chain = :chain \gset
INSERT INTO journal_entry (at, by_id, department_id, act, about, details, previous, digest)
    VALUES (now(), :by, :department, 'marks.record', 'R31, DS', '{}', :previous::text,
        encode(sha256(convert_to(:previous::text || :entered::text, 'UTF8')), 'hex'))
    RETURNING id AS entry, digest AS digest \gset
UPDATE journal_head SET count = count + 1, number = :entry, digest = :digest WHERE chain = :chain;
COMMIT;
