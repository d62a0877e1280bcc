// davit_sim: runs the simulator over one seed or several. `davit_sim --seed N --steps M` repeats what a failure
// printed.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "sim/simulator.h"

namespace {

void Print(const davit::sim::Counts& c) {
  std::printf(
      "%lld runs (%lld ended), %lld messages, %lld conflicts, %lld repeats, %lld silences, %lld crashes, %lld reboots, "
      "%lld expired, "
      "%lld adopted, %lld resumed, %lld abandoned, %lld held, %lld quarantined\n",
      static_cast<long long>(c.runs), static_cast<long long>(c.finished), static_cast<long long>(c.messages),
      static_cast<long long>(c.conflicts), static_cast<long long>(c.repeats), static_cast<long long>(c.silences),
      static_cast<long long>(c.crashes), static_cast<long long>(c.reboots), static_cast<long long>(c.expired),
      static_cast<long long>(c.adopted), static_cast<long long>(c.resumed), static_cast<long long>(c.abandoned),
      static_cast<long long>(c.held), static_cast<long long>(c.quarantined));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Drives the step function and the store through crashes, lost and doubled messages and clocks that jump");
  davit::sim::Options options;
  int seeds = 1;
  app.add_option("--seed", options.seed, "First seed")->capture_default_str();
  app.add_option("--seeds", seeds, "How many seeds, counted up from the first")->capture_default_str();
  app.add_option("--steps", options.steps, "Steps of each seed")->capture_default_str();
  app.add_flag("--trace", options.trace, "Print every step");
  CLI11_PARSE(app, argc, argv);

  const uint64_t first = options.seed;
  for (int i = 0; i < seeds; ++i) {
    options.seed = first + static_cast<uint64_t>(i);
    // Before the run, so that the seed is known when a CHECK ends the process.
    std::printf("seed %llu: ", static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    davit::Result<davit::sim::Report> report = davit::sim::Simulator::Simulate(options);
    if (!report) {
      std::printf("\nBROKEN %s\nrepeat with: davit_sim --seed %llu --steps %d --trace\n",
                  report.error().message.c_str(), static_cast<unsigned long long>(options.seed), options.steps);
      return 1;
    }
    Print(report->counts);
    if (i > 0) continue;
    davit::Result<davit::sim::Report> again = davit::sim::Simulator::Simulate(options);
    if (!again || again->digest != report->digest) {
      std::printf("BROKEN: the same seed gave another trace\n");
      return 1;
    }
  }
  return 0;
}
