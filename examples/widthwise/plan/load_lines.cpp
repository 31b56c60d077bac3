// SPDX-License-Identifier: MIT
#include "plan/load_lines.hpp"

#include "widthwise/scaling/muon.hpp"

namespace widthwise::program {

// What does not fit is refused: a tensor that learns at another's rate is seen by nobody.

std::string pytorch_lines() {
  return R"(import math, re

def param_groups(model, plan, lr, weight_decay=0.0, eps=1e-8, multipliers_applied=False):
    groups, vectors = [dict(g, params=[], found=0) for g in plan['groups']], dict(plan['vectors'], params=[])
    if any(g['multiplier'] != 1 for g in groups) and not multipliers_applied:
        raise ValueError('the model must multiply tensors by the multipliers of the plan')
    for name, p in model.named_parameters():
        owners = [g for g in groups if re.search(g['pattern'], name)] or [vectors]
        numbers = sum(math.prod(g['shape']) for g in owners) if owners != [vectors] else max(p.shape, default=1)
        if p.numel() != numbers or len({g['lr_factor'] for g in owners}) > 1:
            raise ValueError(f'{name} {tuple(p.shape)} does not fit {[g["name"] for g in owners]}')
        if owners != [vectors]:  # Q, K and V may be parts of one tensor
            sizes = [g['shape'][0] for g in owners] if len(owners) > 1 else [max(p.shape)]
            for g, part in zip(owners, p.data.split(sizes, p.shape.index(sum(sizes)))):
                part.normal_(g['init_mean'], g['init_std'])
                g['found'] += 1
        owners[0]['params'].append(p)
    if wrong := [g['name'] for g in groups if g['found'] != g['copies']]:
        raise ValueError(f'the model has more or fewer tensors than the plan in {wrong}')
    return [dict(params=g['params'], name=g['name'], optimizer=g['optimizer'], lr=lr * g['lr_factor'],
                 weight_decay=weight_decay * g['weight_decay_factor'],
                 **({'eps': eps * g['eps_factor']} if 'eps_factor' in g else {}))
            for g in [*groups, vectors] if g['params']]
)";
}

std::string optax_lines(const std::string& optimizer) {
  const std::string rate = "lr * g['lr_factor']", decay = "weight_decay * g['weight_decay_factor']",
                    epsilon = "eps=eps * g['eps_factor']";
  std::string step, settings = "eps=1e-8, b1=0.9, b2=0.999";
  if (optimizer == Sgd::name()) {
    step = "optax.chain(optax.add_decayed_weights(" + decay + "), optax.sgd(" + rate + ", momentum))";
    settings = "momentum=0.9";
  } else if (optimizer == Adam::name()) {
    step = "optax.chain(optax.add_decayed_weights(" + decay + "), optax.adam(" + rate + ", b1, b2, " +
           epsilon + "))";
  } else if (optimizer == AdamW::name()) {
    step = "optax.adamw(" + rate + ", b1, b2, " + epsilon + ", weight_decay=" + decay + ")";
  } else if (optimizer == Lion::name()) {
    step = "optax.lion(" + rate + ", b1, b2, weight_decay=" + decay + ")";
    settings = "b1=0.9, b2=0.99";
  } else {
    detail::reject("the format optax is for sgd, adam, adamw and lion, but the optimizer is ", optimizer);
  }
  return R"(import itertools, math, re, zlib, jax, optax

def owners(plan, path):
    name = jax.tree_util.keystr(path, simple=True, separator='.')
    return name, [i for i, g in enumerate(plan['groups']) if re.search(g['pattern'], name)]

def initialize(key, params, plan):
    def draw(path, p):
        name, own = owners(plan, path)
        if not own: return p
        groups = [plan['groups'][i] for i in own]
        ends = list(itertools.accumulate(g['shape'][0] for g in groups)) if len(own) > 1 else [max(p.shape)]
        normal = jax.random.normal(jax.random.fold_in(key, zlib.crc32(name.encode())), p.shape, p.dtype)
        axis = p.shape.index(ends[-1])
        parts = jax.numpy.split(normal, ends[:-1], axis)  # Q, K and V may be parts of one tensor
        return jax.numpy.concatenate([g['init_mean'] + g['init_std'] * x for g, x in zip(groups, parts)], axis)
    return jax.tree_util.tree_map_with_path(draw, params)

def transform(params, plan, lr, weight_decay=0.0, )" +
         settings + R"(, multipliers_applied=False):
    groups, found = [*plan['groups'], plan['vectors']], []
    if any(g['multiplier'] != 1 for g in groups) and not multipliers_applied:
        raise ValueError('the model must multiply tensors by the multipliers of the plan')
    def label(path, p):
        name, own = owners(plan, path)
        numbers = sum(math.prod(groups[i]['shape']) for i in own) if own else max(p.shape, default=1)
        if p.size != numbers or len({groups[i]['lr_factor'] for i in own}) > 1:
            raise ValueError(f'{name} {p.shape} does not fit {[groups[i]["name"] for i in own]}')
        found.extend(own)
        return own[0] if own else len(groups) - 1
    labels = jax.tree_util.tree_map_with_path(label, params)
    if wrong := [g['name'] for i, g in enumerate(groups[:-1]) if found.count(i) != g['copies']]:
        raise ValueError(f'the model has more or fewer tensors than the plan in {wrong}')
    step = lambda g: )" +
         step + R"(
    return optax.multi_transform({i: step(g) for i, g in enumerate(groups)}, labels)
)";
}

}  // namespace widthwise::program
