"""Weights, and what a spike adds to the neurons of the next layer."""

WEIGHT = "w : 1"

# Eq. 3, by whether the source is graded (a pooling layer) and whether the projection has weights.
TRANSMIT = {
    (False, True): "I_post += w",
    (True, True): "I_post += w*p_pre",
    (False, False): "I_post += 1",
    (True, False): "I_post += p_pre",
}
