"""The last part of an exported script: the training, and the comparison with PCA."""

from __future__ import annotations

import math

from playground.export.objective import batch_objective, linear_encoder, whole_beta
from playground.export.setup import Setup
from playground.training.schedule import MOST_LINEAR_STEPS

ONE_CYCLE = '''\
def learning_rate(done):
    """One cycle: from 1/25 of the peak up in the first 30 % of the steps, then down to almost nothing, in cosines."""
    peak, low = {peak}, {peak} / 25
    if done < 0.3:
        return low + (peak - low) * (1 - math.cos(math.pi * done / 0.3)) / 2
    return peak * (1 + math.cos(math.pi * (done - 0.3) / 0.7)) / 2 + 1e-4 * low
'''

ERROR = '''\
def squared_error(x_hat, x):
    """The sum of squared errors of a row, averaged over the rows: what models are compared by, whatever the loss."""
    return float((x_hat - x).square().{total}()) / len(x)
'''

START = """\
torch.manual_seed({seed})  # the starting weights{dropout}
model = Autoencoder()
optimiser = torch.optim.AdamW(model.parameters(), lr={peak}, weight_decay={weight_decay})
best_{score}, best_epoch, best_weights = math.inf, 0, copy.deepcopy(model.state_dict())
"""

EPOCH_OF_BATCHES = """\
shuffles = torch.Generator().manual_seed({seed})
n_epochs, batch_size = {epochs}, {batch_size}

for epoch in range(1, n_epochs + 1):
    model.train()
    batches = list(torch.randperm(len(x_train), generator=shuffles).split(batch_size))
    if len(batches) > 1 and len(batches[-1]) == 1:  # batch normalisation cannot learn from a single row
        batches[-2:] = [torch.cat(batches[-2:])]
    for {rows}:
{progress}        x = x_train[rows]
        optimiser.zero_grad()
        {objective}.backward()
        optimiser.step()
"""

EPOCH_ON_COVARIANCE = """\
n_epochs, n_steps = {epochs}, {n_steps}

for epoch in range(1, n_epochs + 1):
    for {step} in range(n_steps):
{progress}        optimiser.zero_grad()
        {objective}.backward()
        optimiser.step()
    with torch.no_grad():  # the best biases are those that centre both sides on the mean
        model.{encoder}.bias.copy_(-model.{encoder}.weight @ mean)
        model.decoder.bias.copy_(mean)
"""

END_OF_EPOCH = """
    model.eval()
    with torch.no_grad():
        error = squared_error(model(x_val), x_val)
{score_lines}    print(f"epoch {{epoch}}: validation error {{error:.4f}}")
    if {score} < best_{score}:  # the best epoch is kept, not the last
        best_{score}, best_epoch, best_weights = {score}, epoch, copy.deepcopy(model.state_dict())
{patience}
model.load_state_dict(best_weights)
"""

SCORE_OF_VAE = """\
        middle, log_variance = model.posterior(x_val)
        kl = (middle.square() + log_variance.exp() - 1 - log_variance).sum() / 2 / len(x_val)
        # Epochs are compared by the whole objective: those of the warm-up would win by the error alone.
        score = float(loss(model.decoder(middle), x_val) + {weight} * kl)
"""

PATIENCE = """\
    if epoch - best_epoch >= {patience}:
        break
"""

DONE = "        done = (epoch - 1 + step / {n_steps}) / n_epochs  # the share of the training\n"
RATE = '        optimiser.param_groups[0]["lr"] = learning_rate(done)\n'

BETA = "        beta = {beta} * min(1.0, done / {warm_up})  # rises from 0, so that the code is used first\n"

PCA = """\
{centred}_, _, directions = torch.linalg.svd(centred, full_matrices=False)
components = directions[:{latent_dim}]
centred_test = {centred_test}
by_pca = centred_test @ components.T @ components + mean
with torch.no_grad():
    by_model = model(x_test)
print(f"test error: autoencoder {{squared_error(by_model, x_test):.4f}}, PCA {{squared_error(by_pca, x_test):.4f}}")
"""


def training_section(setup: Setup) -> str:
    """The functions that the loop needs, and the loop; at its end the model is as it was at its best epoch."""
    spec, progress = setup.spec, _progress(setup)
    words = {
        "seed": spec.seed,
        "dropout": ", and the units that nn.Dropout leaves out" if spec.dropout > 0 and spec.model != "linear" else "",
        "peak": spec.learning_rate,
        "weight_decay": spec.weight_decay,
        "epochs": spec.epochs,
        "batch_size": spec.batch_size,
        "n_steps": min(math.ceil(len(setup.split.train_rows) / spec.batch_size), MOST_LINEAR_STEPS),
        "rows": "step, rows in enumerate(batches)" if "step" in progress else "rows in batches",
        "step": "step" if "step" in progress else "_",
        "progress": progress,
        "objective": batch_objective(setup),
        "encoder": linear_encoder(setup),
        "score": "score" if spec.model == "vae" else "error",
        "score_lines": SCORE_OF_VAE.format(weight=whole_beta(setup)) if spec.model == "vae" else "",
        "patience": PATIENCE.format(patience=spec.patience) if spec.patience else "",
    }
    loop = START + (EPOCH_ON_COVARIANCE if setup.on_covariance else EPOCH_OF_BATCHES) + END_OF_EPOCH
    rate = [ONE_CYCLE.format(peak=spec.learning_rate)] if spec.schedule == "one_cycle" else []
    return "\n\n".join([*rate, ERROR.format(total="nansum" if setup.has_missing else "sum"), loop.format(**words)])


def comparison_section(setup: Setup) -> str:
    """The test error, next to that of PCA with as many numbers on the same rows."""
    return PCA.format(
        centred="" if setup.on_covariance else f"centred = {setup.centred('x_train')}\n",
        centred_test=setup.centred("x_test"),
        latent_dim=setup.spec.latent_dim,
    )


def _progress(setup: Setup) -> str:
    """What changes from step to step."""
    spec = setup.spec
    lines = RATE if spec.schedule == "one_cycle" else ""
    if spec.model == "vae" and spec.warm_up > 0:
        lines += BETA.format(beta=spec.beta, warm_up=spec.warm_up)
    n_steps = "n_steps" if setup.on_covariance else "len(batches)"
    return DONE.format(n_steps=n_steps) + lines if lines else ""
