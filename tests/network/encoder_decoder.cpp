// SPDX-License-Identifier: MIT
#include "widthwise/network/encoder_decoder.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "support/plan_line.hpp"
#include "support/rounding.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

double sum_of_shares(const Flow<double>& flow) {
  double sum = 0;
  for (const auto& group : flow.groups) sum += group.tangent.value;
  return sum;
}

}  // namespace

TEST_CASE("shares of encoder, decoder and head add up to the output's tangent kernel", "[network]") {
  const auto network = small_encoder_decoder(2, {{"Q", 2}, {"WE", 0.5}});
  const FlowOptions<> one_round{.tolerance = 1};
  const auto flow = propagate(network, small_pair(), one_round);
  CHECK(flow.converged);
  CHECK(sum_of_shares(flow) ==
        Approx(flow.output_tangent.value.diagonal().mean()).epsilon(rounding_of<RowPair>(Mask::causal())));
  REQUIRE(flow.blocks.size() == 7 + 8 + 1);
  CHECK(flow.blocks[6].part == "encoder");
  CHECK(flow.blocks[6].kind == "norm");
  CHECK(flow.blocks[6].index == 7);
  CHECK(flow.blocks[6].forward.value.rows() == 6);
  CHECK(flow.blocks[6].layout.lengths() == std::vector<Index>{4, 2});
  CHECK(flow.blocks[7].part == "decoder");
  CHECK(flow.blocks[7].kind == "stem");
  CHECK(flow.blocks[7].index == 1);
  CHECK(flow.blocks[10].kind == "cross-attention");
  CHECK(flow.blocks.back().kind == "head");
  CHECK(flow.blocks.back().index == 9);
  CHECK(flow.output_forward.value.rows() == 5);

  // Λ multiplies the shares of its groups and nothing else.
  const auto plain = propagate(small_encoder_decoder(), small_pair(), one_round);
  for (const auto& group : flow.groups) {
    CAPTURE(group.name);
    const double rate = group.name.ends_with(".Q") ? 2 : group.name == "WE" ? 0.5 : 1;
    CHECK(group.tangent.value == Approx(rate * plain.share(group.name).value).epsilon(1e-12));
  }
}

TEST_CASE("flow and plan list the same groups", "[network]") {
  const auto network = small_encoder_decoder();
  const auto flow = propagate(network, small_pair());
  const ModelGroups model = parameter_groups(network);
  REQUIRE(flow.groups.size() == model.groups.size());
  for (std::size_t i = 0; i < model.groups.size(); ++i)
    CHECK(flow.groups[i].name == qualified_name(model.groups[i]));
  CHECK(model.groups[0].name == "WE");
  CHECK(model.groups[0].part.empty());
  CHECK(qualified_name(model.groups[2]) == "encoder.block3.Q");
}

// One token each: every attention passes its values on, so that all is rational but the GELU's expectation,
// which one layer of its own kernel gives.
TEST_CASE("one source token and one target token flow as by hand", "[network]") {
  const LayerNorm norm{0.25};
  const TokenStem stem{.coefficients = {.embedding = 1, .position = 0.5}, .vocabulary = 9, .tokens = 1};
  const AttentionCoefficients c{.query = 2, .key = 3, .value = 0.7, .output = 1.2};
  const EncoderDecoder network{Sizes{8, 2},
                               stem,
                               chain(Residual{norm, SelfAttention{c}}, norm),
                               stem,
                               chain(norm, Residual{norm, CrossAttention{c}}),
                               TiedHead{.norm = norm}};
  const auto flow = propagate(network, SequencePair<TokenIds>{{{1, 1}, {3}}, {{1, 1}, {5}}});

  // Encoder: G, then Θ with V and U at C_U F and C_V F.
  const double g1 = 1.5, t1 = 2, f1 = g1 / (g1 + 0.25), s1 = t1 / (g1 + 0.25);
  const double g2 = g1 + 0.84 * f1, t2 = t1 + 0.84 * s1 + (1.2 + 0.7) * f1;
  const double g3 = g2 / (g2 + 0.25), t3 = t2 / (g2 + 0.25);
  // Decoder: cross-attention reads g3 and t3.
  const double h1 = 1.5 / 1.75, u1 = 2 / 1.75;
  const double h2 = h1 + 0.84 * g3, u2 = u1 + 0.84 * t3 + (1.2 + 0.7) * g3;
  const double f = h2 / (h2 + 0.25), u = u2 / (h2 + 0.25);
  CHECK(flow.draws == 0);
  CHECK(flow.output_forward.value(0, 0) == Approx(f).epsilon(1e-14));
  CHECK(flow.output_tangent.value(0, 0) == Approx(u + f).epsilon(1e-14));

  const double back = 1 / (h2 + 0.25), memory = 0.84 * back, encoder = memory / (g2 + 0.25);
  const double stem_of_encoder = encoder * (1 + 0.84 / 1.75);
  CHECK(flow.share("decoder.block3.V").value == Approx(1.2 * g3 * back).epsilon(1e-14));
  CHECK(flow.share("encoder.block2.U").value == Approx(0.7 * f1 * encoder).epsilon(1e-14));
  CHECK(flow.share("encoder.PE").value == Approx(stem_of_encoder).epsilon(1e-14));
  CHECK(flow.share("decoder.PE").value == Approx(back / 1.75).epsilon(1e-14));
  CHECK(flow.share("WE").value == Approx(stem_of_encoder + back / 1.75 + f).epsilon(1e-14));
}

// C_Q C_K = 0: every key has the same weight, which is arithmetic.
TEST_CASE("uniform attention to the encoder is exact", "[network]") {
  const LayerNorm norm{0.1};
  const TokenStem stem{.coefficients = {.embedding = 1, .position = 0.5}, .vocabulary = 9, .tokens = 3};
  const AttentionCoefficients c{.query = 2, .key = 0, .value = 0.7, .output = 1.2};
  const EncoderDecoder network{
      Sizes{8, 2}, stem, chain(norm), stem, chain(Residual{norm, CrossAttention{c}}), TiedHead{.norm = norm}};
  const auto flow = propagate(network, SequencePair<TokenIds>{{{1, 3}, {3, 3, 4}}, {{1, 2}, {5, 6}}});
  CHECK(flow.draws == 0);
  // The mean of F̃ over all pairs of source tokens: 3 alike in all, 2 alike in the word.
  const double mean = (3 * 1.5 + 2 * 1.0) / (9 * 1.6);
  const auto& block = flow.blocks[3];
  CHECK(block.kind == "cross-attention");
  CHECK(block.forward.value(0, 0) == Approx(1.5 + 0.84 * mean).epsilon(1e-14));
  CHECK(block.forward.value(0, 1) == Approx(0.84 * mean).epsilon(1e-14));
}

namespace {

// An encoder–decoder over one or two tokens, or without logits, is exact.
auto exact_network(double query) {
  const LayerNorm norm{0.1};
  const TokenStem stem{.coefficients = {.embedding = 1, .position = 0.5}, .vocabulary = 9, .tokens = 4};
  const AttentionCoefficients c{.query = query, .key = 3, .value = 0.7, .output = 1.2};
  return EncoderDecoder{
      Sizes{8, 2},
      stem,
      chain(Residual{norm, SelfAttention{c}}, Residual{norm, Mlp{Gelu{}, {}}}, norm),
      stem,
      chain(norm, Residual{norm, SelfAttention{c, Mask::causal()}}, Residual{norm, CrossAttention{c}}),
      TiedHead{.norm = norm}};
}

TokenIds sample_of(const TokenIds& all, Index sample) {
  const auto first = all.ids.begin() + all.layout.first_row(sample);
  return {{1, all.layout.length(sample)}, {first, first + all.layout.length(sample)}};
}

}  // namespace

TEST_CASE("a pair of sequences flows among others of different lengths as it does alone", "[network]") {
  const auto check = [](const auto& network, const SequencePair<TokenIds>& batch) {
    const auto flow = propagate(network, batch);
    CHECK(flow.draws == 0);
    CHECK(flow.layout == batch.target.layout);
    for (Index a = 0; a < batch.source.layout.samples; ++a) {
      CAPTURE(a);
      const auto alone =
          propagate(network, SequencePair<TokenIds>{sample_of(batch.source, a), sample_of(batch.target, a)});
      for (std::size_t i = 0; i < flow.blocks.size(); ++i) {
        CAPTURE(i);
        const TokenLayout& rows = flow.blocks[i].layout;
        const Index first = rows.first_row(a), count = rows.length(a);
        const auto difference = [&](const Matrix<double>& joint, const Matrix<double>& own) {
          return distance<double>(joint.block(first, first, count, count), own);
        };
        CHECK(difference(flow.blocks[i].forward.value, alone.blocks[i].forward.value) < 1e-12);
        CHECK(difference(flow.blocks[i].tangent.value, alone.blocks[i].tangent.value) < 1e-12);
      }
    }
  };
  check(exact_network(2), {{TokenLayout::of_lengths({2, 1, 2}), {5, 2, 5, 7, 7}},
                           {TokenLayout::of_lengths({1, 2, 2}), {1, 5, 1, 4, 4}}});
  check(exact_network(0), {{TokenLayout::of_lengths({2, 4}), {5, 2, 5, 7, 7, 2}},
                           {TokenLayout::of_lengths({3, 1}), {1, 5, 1, 4}}});
}

TEST_CASE("encoder–decoders that make no network or get no fitting input are refused", "[network]") {
  const TokenStem stem{.vocabulary = 9, .tokens = 3}, other{.vocabulary = 8, .tokens = 3};
  const auto encoder = chain(LayerNorm{});
  const auto decoder = chain(Residual{LayerNorm{}, CrossAttention{}});
  const auto make = [&](Sizes sizes, TokenStem source, TiedHead head = {}) {
    return EncoderDecoder{sizes, source, encoder, stem, decoder, head};
  };
  CHECK_THROWS_WITH(make({12, 5}, stem), "heads: 5 heads do not divide the width 12");
  CHECK_THROWS_WITH(
      make({12, 4}, other),
      "the encoder has a vocabulary of 8 items and the decoder one of 9, but they share the word embedding");
  CHECK_THROWS_WITH(make({12, 4}, stem, TiedHead{.pool = Pool::class_token}),
                    "pool: a decoder has no class token");
  TokenStem loud = stem;
  loud.coefficients.embedding = 2;
  CHECK_THROWS_WITH(make({12, 4}, loud),
                    "the encoder has C_WE = 2 and the decoder 1, but they share the word embedding");
  CHECK_THROWS_WITH(
      propagate(make({12, 4}, stem), SequencePair<TokenIds>{{{1, 2}, {1, 2}}, {{2, 1}, {1, 2}}}),
      "there are 1 source sequences and 2 target sequences");
  CHECK_THROWS_WITH(
      propagate(make({12, 4}, stem),
                SequencePair<TokenIds>{{TokenLayout::of_lengths({2, 0}), {1, 2}}, {{2, 1}, {1, 2}}}),
      "token ids: sample 1 has no tokens");
  CHECK_THROWS_WITH(propagate(make({12, 4}, stem),
                              SequencePair<TokenIds>{{TokenLayout::of_lengths({2, 4}), {1, 2, 3, 4, 5, 6}},
                                                     {{2, 1}, {1, 2}}}),
                    "the longest sample has 4 tokens, but the stem has positions for tokens = 3");
}

TEST_CASE("a decoder beside images has a word embedding of its own", "[network]") {
  const LayerNorm norm{0.1};
  const EncoderDecoder network{
      Sizes{8, 2},
      PatchStem{.inputs = 5, .tokens = 3},
      chain(Residual{norm, SelfAttention{}}, norm),
      TokenStem{.vocabulary = 9, .tokens = 4},
      chain(Residual{norm, SelfAttention{{}, Mask::causal()}}, Residual{norm, CrossAttention{}}),
      TiedHead{.norm = norm}};
  const auto flow =
      propagate(network, SequencePair<Patches<double>>{small_patches(), {{2, 2}, {1, 2, 3, 1}}});
  CHECK(sum_of_shares(flow) == Approx(flow.output_tangent.value.diagonal().mean()).epsilon(1e-12));
  CHECK(flow.groups.front().name == "encoder.patch");
  CHECK(flow.share("WE").value > 0);
}

// theory §7
TEST_CASE("BART-large and R2C2 have the paper's parameters and set-ups", "[network]") {
  const Plan bart = plan(encoder_decoder_preset("bart-large"), Uniform{}, AdamW{});
  CHECK(bart.parameters == 404845568);
  CHECK(plan(encoder_decoder_preset("r2c2"), Uniform{}, AdamW{}).parameters == 2688739328);
  CHECK(bart.output_multiplier == 1);
  for (const auto& group : bart) {
    CAPTURE(group.name);
    CHECK(group.init_std == Approx(0.02).epsilon(1e-14));
  }
  const auto decoder = encoder_decoder_preset("bart-large").decoder.sequence;
  const auto coefficients = std::get<Residual<CrossAttention>>(decoder[2]).branch.coefficients;
  CHECK(coefficients.query == Approx(0.4096));
  CHECK(std::get<Residual<Mlp<Gelu>>>(decoder[3]).branch.coefficients.output == Approx(1.6384));
  const auto large = encoder_decoder_preset("r2c2").decoder.sequence;
  CHECK(std::get<Residual<CrossAttention>>(large[2]).branch.coefficients.key == Approx(0.8192));
  CHECK(std::get<Residual<Mlp<Gelu>>>(large[3]).branch.coefficients.output == Approx(3.2768));

  const Plan nt = plan(encoder_decoder_preset("bart-large-nt"), NeuralTangent{}, AdamW{});
  CHECK(nt.output_multiplier == Approx(1 / std::sqrt(1024.0)));
  CHECK(line(nt, "WE").init_std == 1);
  CHECK(line(nt, "decoder.PE").init_std == Approx(0.02));
  CHECK_THROWS_WITH(encoder_decoder_preset("bart"),
                    "preset \"bart\" is not one of bart-large, bart-large-nt, r2c2, r2c2-nt, t5-base-like, "
                    "whisper-base-like");
}

TEST_CASE("models like T5-base and Whisper-base have their sizes", "[network]") {
  const auto sum = [](std::string_view name) {
    return plan(encoder_decoder_preset(name), NeuralTangent{}, AdamW{}).parameters;
  };
  // T5-base has 222,903,552: 62 gains of norms and two tables of 32 relative biases for 12 heads; we have two
  // tables of positions.
  CHECK(sum("t5-base-like") == 222903552 - 62 * 768 - 2 * 32 * 12 + 2 * 512 * 768);
  // The matrices of 6 + 6 layers, both tables of positions, the words, and one map of 160 numbers.
  CHECK(sum("whisper-base-like") ==
        (6 * 12 + 6 * 16) * 512 * 512 + (1500 + 448) * 512 + 51865 * 512 + 160 * 512);
}

// theory §7: a standard (lr, wd) becomes (n^{3/2} lr, n^{−3/2} wd), so that hidden matrices move and shrink
// as before: (1e-3, …) of BART-large to 32.768, (7e-4, 0.01) of R2C2 to (64.88, 1.08e-7).
TEST_CASE("the paper's language runs follow from the factors of hidden matrices", "[network]") {
  const auto carried = [](std::string_view name, double learning_rate, double decay) {
    const PlanOptions no_m{.ignore_mlp_multiplier = true};
    const auto model = encoder_decoder_preset(name);
    const Plan standard = plan(model, Uniform{}, AdamW{}, no_m),
               nt = plan(model, NeuralTangent{}, AdamW{}, no_m);
    const auto &from = line(standard, "decoder.Q"), &to = line(nt, "decoder.Q");
    return std::pair(learning_rate * from.learning_rate_factor / to.learning_rate_factor,
                     decay * from.weight_decay_factor / to.weight_decay_factor);
  };
  CHECK(carried("bart-large", 1e-3, 0.01).first == Approx(32.768).epsilon(1e-12));
  CHECK(carried("r2c2", 7e-4, 0.01).first == Approx(64.88).epsilon(1e-4));
  CHECK(carried("r2c2", 7e-4, 0.01).second == Approx(1.08e-7).epsilon(2e-3));
}
