"""Which hyper-parameters are worth keeping: Optuna studies that see training rows only and can be interrupted.

Each :class:`Question` is one estimator on one set of rows. A trial is judged by the error on whole papers held out of
*those rows*, folds in order, and given up (median pruning) when it lags behind at the same fold. To judge a search
honestly it is repeated inside every training part of the evaluation (nested cross-validation; Varma & Simon, BMC
Bioinformatics 7, 91 (2006)): see :func:`training.fitting.fit_property`.

Studies live in one SQLite file or in PostgreSQL (:mod:`training.studies`). The sampler of trial ``t`` is seeded by the
seed and ``t``, so a search that was interrupted and taken up again gives the same trials as one that was not, whatever
the number of workers and of processes that share it: each study is worked on by one of them at a time. A trial that
breaks down, or ends its worker, is a failed trial and no end of the search.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import Unavailable
from surrogate.execution.futures import Executor
from surrogate.models.estimators.registry import ESTIMATORS, fit_estimator
from surrogate.models.hyperparameters import suggest
from surrogate.models.simulated import add_to_law, features_of_physics
from surrogate.models.stack import HeldOutFold, paper_fold_codes
from surrogate.models.training_set import TrainingSet
from training.studies import Studies

#: Trials before the pruner gives any up, and folds before it looks at a trial.
STARTUP_TRIALS, WARMUP_FOLDS = 5, 1
#: Mark of a trial that failed by itself and counts, as opposed to one whose process ended.
BROKE_DOWN = "broke_down"
_LOOK_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which setting of ``estimator`` errs least on unseen papers of ``training``?

    ``reference`` (n,) turns targets into the unit of the property, in which errors are taken; ``fixed`` are the
    hyper-parameters that the configuration sets, from which the first trial starts. ``scope`` says whose rows these are
    ("all", or "fold-3" for the training part of the fourth fold).
    """

    property: str
    estimator: str
    scope: str
    training: TrainingSet
    reference: np.ndarray
    data_sha256: str
    folds: int
    seed: int
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def study_name(self) -> str:
        """The name of its study: the same question has the same name, a different one does not."""
        simulated = self.training.simulated
        names = (*self.training.names, *(features_of_physics(simulated) if simulated else ()))
        content = [self.data_sha256, names, self.folds, self.seed, dict(self.fixed)]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
        return f"{self.property}.{self.estimator}.{self.scope}.{digest}"

    def codes(self) -> np.ndarray:
        """The fold of each row, (n,): the same for all trials, so that they can be compared fold by fold."""
        return paper_fold_codes(self.training.paper, self.folds, np.random.default_rng([self.seed, 1]))


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One trial: its setting, its state (``complete``, ``pruned`` or ``fail``), and the error after each fold."""

    number: int
    hyperparameters: dict[str, Any]
    state: str
    errors: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The best setting found, its error inside the search (not an honest estimate), and how many trials there were.

    Of ``trials``, ``pruned`` were given up and ``failed`` broke down; ``tried`` are all of them in order.
    """

    hyperparameters: dict[str, Any]
    error: float
    trials: int
    pruned: int
    done_before: int
    failed: int = 0
    tried: tuple[Tried, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain types, without the trials, each of which is a run of its own in the tracker."""
        return {name: value for name, value in asdict(self).items() if name != "tried"}


def search(questions: Sequence[Question], *, trials: int, storage: str | Path, workers: Executor) -> list[Answer]:
    """Search the hyper-parameters of several questions side by side.

    Within one question trials follow each other, because each learns from those before.

    Args:
        questions: What to search, all of one property.
        trials: How many of each, those of earlier calls and of other processes included.
        storage: A file or an address, see :class:`training.studies.Studies`.
        workers: Where trials run.

    Returns:
        An answer per question, in order.
    """
    with closing(Studies(storage)) as held, held.translated():
        studies = [_Study(question, trials, held) for question in questions]
        progress = workers.progress
        before = sum(study.finished for study in studies)
        progress.begin(f"{questions[0].property}: search", trials * len(studies), completed=before)
        if before:
            progress.say(f"{questions[0].property}: {before} of {trials * len(studies)} trials were already done.")
        _work_off(studies, workers)
        return [study.answer() for study in studies]


def _work_off(studies: Sequence[_Study], workers: Executor) -> None:
    """Trials of all studies until each has enough; what another process has in hand is looked at again later."""
    waiting, elsewhere = [study for study in studies if study.wants_more], list[_Study]()
    running: dict[Future[tuple[float, int]], _Study] = {}
    while waiting or running or elsewhere:
        while waiting and len(running) < max(1, workers.size):
            study = waiting.pop(0)
            if study.take_up():
                running[workers.submit(held_out_error, study.next_job())] = study
            elif study.wants_more:
                elsewhere.append(study)
        if not running:
            if elsewhere:
                time.sleep(_LOOK_S)
                workers.progress.tick()
            waiting, elsewhere = waiting + elsewhere, []
            continue
        for fold in workers.wait(running):
            study = running.pop(fold)
            if study.take(fold):
                workers.progress.advance()
                waiting, elsewhere = waiting + elsewhere, []
            if study.wants_more:
                waiting.insert(0, study)


@dataclass(frozen=True, kw_only=True)
class FoldJob:
    """One fold of one trial, for a worker: fit without the rows whose ``codes`` are ``fold``, predict them."""

    question: Question
    hyperparameters: Mapping[str, Any]
    fold: int


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A fold of the rows of a question: the same for all its trials, and for the questions about other estimators."""

    rows: tuple[str, str, str | None]  # property, hash of the data, what the simulator adds
    fold: tuple[int, int, int]  # of how many, by which seed, which one
    question: Question = field(compare=False)


@lru_cache(maxsize=16)
def _without(part: _Part) -> HeldOutFold:
    """The rows without the fold; reading the constants of a simulator from them takes as long as many a trial."""
    return HeldOutFold.split(part.question.training, part.question.codes() == part.fold[-1])


def held_out_error(job: FoldJob) -> tuple[float, int]:
    """The sum over held-out papers of their mean absolute error, and the number of those papers."""
    question = job.question
    training = question.training
    rows = (question.property, question.data_sha256, training.simulated)
    part = _without(_Part(rows=rows, fold=(question.folds, question.seed, job.fold), question=question))
    rng = np.random.default_rng([question.seed, job.fold])
    model = fit_estimator(question.estimator, part.without, job.hyperparameters, rng)
    predicted, _ = model.predict(part.X, part.group)
    out = part.out
    error = np.abs(add_to_law(part.simulator, part.X, predicted) - training.y[out]) * question.reference[out]
    _, paper, sizes = np.unique(training.paper[out], return_inverse=True, return_counts=True)
    return float((error / sizes[paper]).sum()), len(sizes)


class _Study:
    """One Optuna study: hands out the next fold of the current trial and takes its result, while it is ours."""

    def __init__(self, question: Question, trials: int, studies: Studies) -> None:
        import optuna

        self.question = question
        self._trials, self._studies = trials, studies
        self._study = studies.study(
            question.study_name(),
            direction="minimize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS, n_warmup_steps=WARMUP_FOLDS),
        )
        self.finished = self.done_before = len(self._finished_trials())
        self._folds = len(np.unique(question.codes()))
        self._ours = False
        self._trial: Any = None

    @property
    def wants_more(self) -> bool:
        """Whether a trial is open or still to be begun."""
        return self._trial is not None or self.finished < self._trials

    def take_up(self) -> bool:
        """Whether there is work on this study for us: nobody else has it, and it is not finished yet."""
        import optuna

        if not self._ours:
            self._ours = self._studies.hold(self.question.study_name())
            self.finished = len(self._finished_trials())
            if self._ours:
                for trial in self._trials_that_are("RUNNING"):  # open when its process ended: nobody will answer
                    self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        if self._ours and not self.wants_more:
            self._let_go()
        return self._ours

    def next_job(self) -> FoldJob:
        if self._trial is None:
            self._begin()
        return FoldJob(question=self.question, hyperparameters=self._setting, fold=self._fold)

    def take(self, fold: Future[tuple[float, int]]) -> bool:
        """Note what came of the fold; whether the trial ended with it."""
        from optuna.trial import TrialState

        self._studies.check()
        try:
            error, papers = fold.result()
        except Exception as problem:
            self._trial.set_user_attr(BROKE_DOWN, f"{type(problem).__name__}: {problem}")
            return self._end(state=TrialState.FAIL)
        self._error += error
        self._papers += papers
        self._trial.report(self._error / self._papers, self._fold)
        self._fold += 1
        if self._fold == self._folds:
            return self._end(self._error / self._papers)
        return self._trial.should_prune() and self._end(state=TrialState.PRUNED)

    def _end(self, value: float | None = None, state: Any = None) -> bool:
        self._study.tell(self._trial, value, state=state)
        self._trial = None
        self.finished += 1
        if not self.wants_more:
            self._let_go()
        return True

    def _let_go(self) -> None:
        self._studies.let_go(self.question.study_name())
        self._ours = False

    def answer(self) -> Answer:
        finished = self._finished_trials()[: self._trials]  # an earlier call may have gone further
        complete = [trial for trial in finished if trial.state.name == "COMPLETE"]
        if not complete:
            reason = next((trial.user_attrs[BROKE_DOWN] for trial in finished if BROKE_DOWN in trial.user_attrs), "")
            raise Unavailable(
                f"Every trial of {self.question.estimator} for {self.question.property} broke down: {reason}",
                hint="Set its hyper-parameters in the configuration, or choose another kind.",
            )
        best = min(complete, key=lambda trial: trial.value)
        return Answer(
            hyperparameters={**self.question.fixed, **best.params},
            error=float(best.value),
            trials=len(finished),
            pruned=sum(trial.state.name == "PRUNED" for trial in finished),
            done_before=self.done_before,
            failed=sum(trial.state.name == "FAIL" for trial in finished),
            tried=tuple(
                Tried(
                    number=number,
                    hyperparameters={**self.question.fixed, **trial.params},
                    state=trial.state.name.lower(),
                    errors=tuple(error for _, error in sorted(trial.intermediate_values.items())),
                )
                for number, trial in enumerate(finished)
            ),
        )

    def _begin(self) -> None:
        import optuna

        self._studies.check()
        seed = np.random.SeedSequence([self.question.seed, self.finished]).generate_state(1)[0]
        self._study.sampler = optuna.samplers.TPESampler(seed=int(seed))
        if self.finished == 0 and not self._trials_that_are("WAITING"):
            self._study.enqueue_trial(self._start())
        self._trial = self._study.ask()
        self._setting = {**self.question.fixed, **suggest(self._trial, self.question.estimator)}
        self._fold, self._error, self._papers = 0, 0.0, 0

    def _start(self) -> dict[str, Any]:
        """The setting without a search, so that a search cannot end worse by its own measure."""
        from optuna.trial import FixedTrial

        estimator = self.question.estimator
        return suggest(FixedTrial({**ESTIMATORS[estimator].defaults, **self.question.fixed}), estimator)

    def _finished_trials(self) -> list[Any]:
        """Those that count: not those that an end of the process cut short."""
        trials = self._trials_that_are("COMPLETE", "PRUNED", "FAIL")
        return [trial for trial in trials if trial.state.name != "FAIL" or BROKE_DOWN in trial.user_attrs]

    def _trials_that_are(self, *states: str) -> list[Any]:
        from optuna.trial import TrialState

        trials: list[Any] = self._study.get_trials(deepcopy=False, states=tuple(TrialState[state] for state in states))
        return trials
