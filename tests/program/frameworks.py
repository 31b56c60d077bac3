# SPDX-License-Identifier: MIT
"""The lines that `widthwise plan` gives for PyTorch and optax, run on small models of each.

    frameworks.py PROGRAM

Tests what is installed; exits with 77 where neither is.
"""
import json
import subprocess
import sys
import tempfile

MODEL = {
    "width": 48, "heads": 4, "norm": {"epsilon": 1e-6},
    "stem": {"kind": "patch", "inputs": 12, "tokens": 4, "C_patch": 1, "C_PE": 0.0004},
    "blocks": [{"kind": "attention", "mask": "none", "C_Q": 0.5, "C_K": 0.5, "C_V": 2, "C_U": 0.333},
               {"kind": "mlp", "activation": "gelu", "multiplier": 4, "C_W": 0.4, "C_X": 1.6}],
    "repeat": 2, "head": {"kind": "linear", "outputs": 10, "bias": True, "C_head": 1, "pool": "mean"}}
LR, DECAY, EPS = 0.37, 0.01, 1e-3


def plan(*arguments, **changes):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({**MODEL, **changes}, file)
        file.flush()
        text = subprocess.run([sys.argv[1], "plan", "--model", file.name, *arguments], check=True,
                              capture_output=True, text=True).stdout
    made = json.loads(text)
    names = {}
    exec("\n".join(made["load"]), names)
    return made, names


def plan_of_shapes(*models):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"models": models}, file)
        file.flush()
        text = subprocess.run([sys.argv[1], "plan", "--shapes", file.name, "--format", "pytorch"], check=True,
                              capture_output=True, text=True).stdout
    made, names = json.loads(text), {}
    exec("\n".join(made["load"]), names)
    return made, names


def refused(call):
    try:
        call()
    except ValueError as error:
        return str(error)
    raise AssertionError("nothing was refused")


def close(a, b, tolerance):
    assert abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-12), (a, b)


def check_pytorch():
    import torch

    class Block(torch.nn.Module):
        def __init__(self, n, fused):
            super().__init__()
            linear = lambda i, o: torch.nn.Linear(i, o, bias=False)
            self.norm1, self.norm2 = torch.nn.LayerNorm(n), torch.nn.LayerNorm(n)
            self.attn, self.mlp = torch.nn.Module(), torch.nn.Module()
            if fused:
                self.attn.qkv = linear(n, 3 * n)
            else:
                self.attn.q_proj, self.attn.k_proj, self.attn.v_proj = (linear(n, n) for _ in range(3))
            self.attn.proj = linear(n, n)
            self.mlp.fc1, self.mlp.fc2 = linear(n, 4 * n), linear(4 * n, n)

        def forward(self, x):
            s = self.norm1(x)
            q, k, v = self.attn.qkv(s).chunk(3, -1) if hasattr(self.attn, "qkv") else (
                self.attn.q_proj(s), self.attn.k_proj(s), self.attn.v_proj(s))
            head = lambda y: y.reshape(*y.shape[:2], 4, -1).transpose(1, 2)
            weights = torch.softmax(head(q) @ head(k).transpose(2, 3) / (x.shape[2] / 4)**0.5, -1)
            x = x + self.attn.proj((weights @ head(v)).transpose(1, 2).reshape(x.shape))
            return x + self.mlp.fc2(torch.nn.functional.gelu(self.mlp.fc1(self.norm2(x))))

    class Vision(torch.nn.Module):
        def __init__(self, fused, n=48):
            super().__init__()
            self.patch_embed = torch.nn.Module()
            self.patch_embed.proj = torch.nn.Linear(12, n, bias=False)
            self.pos_embed = torch.nn.Parameter(torch.zeros(1, 4, n))
            self.blocks = torch.nn.Sequential(Block(n, fused), Block(n, fused))
            self.norm, self.head = torch.nn.LayerNorm(n), torch.nn.Linear(n, 10)

        def forward(self, x):
            return self.head(self.norm(self.blocks(self.patch_embed.proj(x) + self.pos_embed)).mean(1))

    torch.manual_seed(1)
    made, names = plan("--format", "pytorch")
    lines = {g["name"]: g for g in [*made["groups"], made["vectors"]]}
    x, y = torch.randn(32, 4, 12), torch.randint(10, (32,))
    for fused in (False, True):
        model = Vision(fused)
        groups = names["param_groups"](model, made, LR, DECAY, EPS)
        assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))
        for g in groups:
            line = lines[g["name"]]
            assert g["lr"] == LR * line["lr_factor"] and g["eps"] == EPS * line["eps_factor"]
            assert g["weight_decay"] == DECAY * line["weight_decay_factor"]
        attention = model.blocks[1].attn
        parts = attention.qkv.weight.chunk(3) if fused else (attention.q_proj.weight, attention.k_proj.weight,
                                                             attention.v_proj.weight)
        for part, name in zip(parts, "QKV"):  # 2304 numbers: five standard errors
            close(part.std().item(), lines[name]["init_std"], 5 / (2 * 2304)**0.5)
        close(model.blocks[0].mlp.fc2.weight.std().item(), lines["X"]["init_std"], 5 / (2 * 9216)**0.5)
        assert model.head.bias.abs().max() == 0

        optimizer = torch.optim.AdamW(groups)
        losses = []
        for step in range(30):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            before = model.blocks[0].mlp.fc1.weight.detach().clone()
            optimizer.step()
            if step == 0:  # Adam's first step, by hand, with the numbers of the plan
                line, gradient = lines["W"], model.blocks[0].mlp.fc1.weight.grad
                lr = LR * line["lr_factor"]
                after = before * (1 - lr * DECAY * line["weight_decay_factor"])
                after -= lr * gradient / (gradient.abs() + EPS * line["eps_factor"])
                moved = (model.blocks[0].mlp.fc1.weight - before).abs().max()
                assert (model.blocks[0].mlp.fc1.weight - after).abs().max() < 1e-5 * moved + 1e-7
            losses.append(loss.item())
        assert losses[-1] < losses[0], losses
    assert "does not fit ['PE']" in refused(lambda: names["param_groups"](Vision(True, 96), made, LR))
    rates, names = plan("--format", "pytorch", learning_rate={"Q": 2})
    assert "['Q', 'K', 'V']" in refused(lambda: names["param_groups"](Vision(True), rates, LR))
    names["param_groups"](Vision(False), rates, LR)
    deep, names = plan("--format", "pytorch", repeat=3)
    assert "more or fewer" in refused(lambda: names["param_groups"](Vision(True), deep, LR))
    mup, names = plan("--format", "pytorch", "--strategy", "mup")
    assert "multipliers" in refused(lambda: names["param_groups"](Vision(True), mup, LR))
    sgd, names = plan("--format", "pytorch", "--optimizer", "sgd", "--strategy", "maximal-update")
    torch.optim.SGD(names["param_groups"](Vision(True), sgd, LR, DECAY), lr=LR, momentum=0.9)

    # From names and shapes: keys that groups of heads share, in one tensor with the queries; norms and biases.
    class Grouped(torch.nn.Module):
        def __init__(self, n):
            super().__init__()
            self.wte, self.ln = torch.nn.Embedding(50, n), torch.nn.LayerNorm(n)
            self.attn = torch.nn.Module()
            self.attn.qkv, self.attn.proj = torch.nn.Linear(n, 2 * n), torch.nn.Linear(n, n)

    model = Grouped(128)
    made, names = plan_of_shapes(*({name: list(p.shape) for name, p in Grouped(n).named_parameters()} for n in (64, 128)))
    lines = {g["name"]: g for g in made["groups"]}
    assert lines["K"]["shape"] == [64, 128] and lines["Q"]["shape"] == [128, 128]
    assert "['Q', 'K', 'V']" in refused(lambda: names["param_groups"](model, made, LR))  # under AdamW their rates differ
    for what in ("", "_bias"):
        for name in "KV":
            lines[name + what]["lr_factor"] = lines["Q" + what]["lr_factor"]
    lines["K"]["init_std"] = 3
    with torch.no_grad():
        model.ln.weight.zero_()
    groups = names["param_groups"](model, made, LR)
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))
    close(model.attn.qkv.weight[128:192].std().item(), 3, 5 / (2 * 8192)**0.5)
    close(model.attn.qkv.weight[192:].std().item(), lines["V"]["init_std"], 5 / (2 * 8192)**0.5)
    assert model.ln.weight.eq(1).all() and model.ln.bias.eq(0).all() and model.attn.qkv.bias.eq(0).all()
    print("pytorch", torch.__version__, "loss", losses[0], "->", losses[-1])


def check_optax():
    import jax
    import jax.numpy as jnp
    import optax

    def parameters(n=48):
        zeros = lambda *shape: jnp.zeros(shape)
        block = lambda: {
            "norm1": {"scale": jnp.ones(n)},
            "attention": {"query": {"kernel": zeros(n, n)}, "key": {"kernel": zeros(n, n)},
                          "value": {"kernel": zeros(n, n)}, "out": {"kernel": zeros(n, n)}},
            "mlp": {"Dense_0": {"kernel": zeros(n, 4 * n)}, "Dense_1": {"kernel": zeros(4 * n, n)}}}
        return {"embedding": {"kernel": zeros(12, n)}, "pos_embedding": zeros(1, 4, n),
                "blocks": [block(), block()], "head": {"kernel": zeros(n, 10), "bias": zeros(10)}}

    for name, settings in (("adamw", {"eps": EPS}), ("adam", {"eps": EPS}), ("sgd", {"momentum": 0}), ("lion", {})):
        made, names = plan("--format", "optax", "--optimizer", name)
        lines = {g["name"]: g for g in [*made["groups"], made["vectors"]]}
        params = names["initialize"](jax.random.key(1), parameters(), made)
        assert jnp.array_equal(params["blocks"][0]["norm1"]["scale"], jnp.ones(48))
        close(float(params["blocks"][0]["mlp"]["Dense_1"]["kernel"].std()), lines["X"]["init_std"], 5 / (2 * 9216)**0.5)
        tx = names["transform"](params, made, LR, DECAY, **settings)
        gradient = jax.tree.map(lambda p: jnp.full(p.shape, 0.01, p.dtype), params)
        update, _ = tx.update(gradient, tx.init(params), params)
        for line, p, u in ((lines["W"], params["blocks"][1]["mlp"]["Dense_0"]["kernel"],
                            update["blocks"][1]["mlp"]["Dense_0"]["kernel"]),
                           (lines["vectors"], params["blocks"][1]["norm1"]["scale"],
                            update["blocks"][1]["norm1"]["scale"])):
            shrink, eps = DECAY * line["weight_decay_factor"] * p, EPS * line.get("eps_factor", 0)
            direction = {"adamw": 0.01 / (0.01 + eps) + shrink, "sgd": 0.01 + shrink, "lion": 1 + shrink,
                         "adam": (0.01 + shrink) / (abs(0.01 + shrink) + eps)}[name]
            expected = -LR * line["lr_factor"] * direction
            assert jnp.abs(u - expected).max() < 3e-5 * jnp.abs(expected).max(), name
    assert "does not fit" in refused(lambda: names["transform"](parameters(96), made, LR))
    print("optax", optax.__version__, "jax", jax.__version__)


tested = 0
for check, module in ((check_pytorch, "torch"), (check_optax, "optax")):
    try:
        __import__(module)
    except ImportError:
        print(module, "is not installed")
        continue
    check()
    tested += 1
sys.exit(0 if tested else 77)
