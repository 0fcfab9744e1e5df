"""What is wrong with a network, told from its first answers."""

from protocols.diehl_cook_sl.evaluation import Evaluation

MOST_ACTIVE = 0.5
"""Share of the hidden neurons that fire for an image; above it the layer is saturated: with lateral
inhibition it is a few per cent."""


def warnings(evaluation: Evaluation) -> list[str]:
    """Lines about a dead or saturated layer; empty where nothing stands out.

    Parameters
    ----------
    evaluation : protocols.diehl_cook_sl.evaluation.Evaluation
        Of some hundred images.
    """
    found = []
    hidden = evaluation.hidden_counts
    if hidden is not None:
        active = int((hidden.sum(0) > 0).sum())
        share = float((hidden > 0).mean())
        if active == 0:
            found.append("no hidden neuron has fired: raise the range of the weights or lower the "
                         "threshold")
        elif active == 1:
            found.append("a single hidden neuron answers every image: raise the step of theta "
                         "(--parameter theta_step_mV=...) or lower the learning rate")
        elif share > MOST_ACTIVE:
            found.append(f"the hidden layer is saturated: {100 * share:.0f} % of it fires for an "
                         "image; lower the range of the weights")
    if evaluation.sl_counts is not None and not evaluation.sl_counts.any():
        found.append("the SL layer has not fired: every image gets the first class")
    return found
