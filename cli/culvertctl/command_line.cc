// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/command_line.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/culvertctl/configuration.h"
#include "cli/culvertctl/events.h"
#include "cli/culvertctl/explain.h"
#include "cli/culvertctl/revisions.h"
#include "cli/culvertctl/sas.h"
#include "cli/culvertctl/tunnels.h"
#include "cli/culvertctl/verbs.h"
#include "cli/culvertctl/version.h"
#include "libs/daemon/process_names.h"
#include "services/configd/text/duration_text.h"

namespace culvert::ctl {
namespace {

constexpr char kScheme[] = "unix:";
constexpr char kFooter[] = R"(
Exit codes:
  0 done (warnings allowed)     1 the operation failed      2 wrong usage
  3 configuration invalid       4 daemon not reachable      5 not found
  6 conflict                    7 permission denied         8 timed out

Examples:
  culvertctl validate -f site.yaml
  culvertctl apply -f site.yaml --confirm-within 10m && culvertctl confirm
  culvertctl up to-b && culvertctl status
  culvertctl explain to-b
  culvertctl -o json status | jq -r '.tunnels[] | select(.state != "UP") | .name')";

// The whole command line. Options are members, because CLI11 writes into them; `chosen_` is what the words asked for.
class CommandLine {
 public:
  CommandLine() : app_("Configures a culvert gateway, brings its tunnels up and down, and says how they are.") {
    app_.name("culvertctl");
    app_.require_subcommand(1);
    app_.set_version_flag("--version", OwnVersion());
    app_.add_option("--target", target_, "socket of the daemon, unix:PATH")
        ->envname("CULVERT_TARGET")
        ->check([](const std::string& target) {
          return absl::StartsWith(target, kScheme) ? "" : "must be unix:PATH; the API listens on a Unix socket alone";
        })
        ->capture_default_str();
    app_.add_option("-o,--output", output_, "table for people or json for programs")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    Duration(app_, "--timeout", &timeout_, "longest time for one request to the daemon");
    AddConfiguration();
    AddTunnels();
    AddHelpers();
    app_.footer(kFooter);  // last, or each subcommand would inherit it
  }

  int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      // CLI11 reports by exception; --help and --version come this way too.
      return app_.exit(error, out, err) == 0 ? kDone : kUsage;
    }
    Printer printer(output_ == "json" ? Format::kJson : Format::kText, out, err);
    return chosen_(printer);
  }

 private:
  using Online = std::function<ExitCode(Session)>;

  static std::string Seconds(absl::Duration time) { return absl::StrCat(absl::ToInt64Seconds(time), "s"); }

  static void Duration(CLI::App& app, const std::string& name, absl::Duration* target, const std::string& help) {
    const auto read = [target](const CLI::results_t& texts) {
      const auto seconds = configd::ParseDurationSeconds(texts.front());
      if (seconds) *target = absl::Seconds(*seconds);
      return seconds.has_value();
    };
    auto* option = app.add_option(name, read, help)->type_name("30s|10m|8h|7d");
    if (*target > absl::ZeroDuration()) option->default_str(Seconds(*target));
  }

  // A command that asks the daemon.
  void Ask(CLI::App* command, Online run) {
    command->fallthrough();  // -o and --target may stand behind the verb too
    command->callback([this, command, run = std::move(run)] {
      chosen_ = [this, command, run](Printer& printer) {
        const auto client = Connect();
        if (!client.ok()) return printer.Fail(command->get_name(), client.status());
        return run({*client, printer});
      };
    });
  }

  absl::StatusOr<Client> Connect() const { return Client::Connect(target_.substr(sizeof(kScheme) - 1), timeout_); }

  void AddConfiguration() {
    auto* validate = app_.add_subcommand("validate", "says everything that is wrong with a file; needs no daemon");
    validate->add_option("-f,--file", apply_.file, "YAML or JSON; - for standard input")->required();
    validate->fallthrough();
    validate->callback([this] { chosen_ = [this](Printer& printer) { return Validate(printer, apply_.file); }; });

    auto* apply = app_.add_subcommand("apply", "makes a file the running configuration, whole");
    apply->add_option("-f,--file", apply_.file, "YAML or JSON; - for standard input")->required();
    apply->add_flag("--dry-run", apply_.dry_run, "shows what it would do and changes nothing");
    Duration(*apply, "--confirm-within", &apply_.confirm_within, "rolled back by itself unless confirmed in time");
    apply->add_option("--comment", apply_.comment, "kept with the revision");
    Ask(apply, [this](Session session) { return Apply(session, apply_); });

    auto* confirm = app_.add_subcommand("confirm", "makes what was applied with --confirm-within permanent");
    confirm->add_option("REVISION", revision_, "that is expected to wait; default: whichever does");
    Ask(confirm, [this](Session session) { return Confirm(session, revision_); });

    auto* cancel = app_.add_subcommand("cancel", "takes back what was applied with --confirm-within");
    cancel->add_option("REVISION", revision_, "that is expected to wait; default: whichever does");
    Ask(cancel, [this](Session session) { return Cancel(session, revision_); });

    auto* rollback = app_.add_subcommand("rollback", "applies an older revision as a new one");
    rollback->add_option("REVISION", revision_, "default: the one before the running one");
    Ask(rollback, [this](Session session) { return Rollback(session, revision_); });

    auto* exporting = app_.add_subcommand("export", "prints a revision as a file, without secret values");
    exporting->add_option("--revision", export_.revision, "default: the running one");
    exporting->add_flag("--effective", export_.effective, "with each unset field filled from its profile");
    Ask(exporting, [this](Session session) { return Export(session, export_); });

    auto* diff = app_.add_subcommand("diff", "what changes from one revision to another");
    diff->add_option("FROM", revision_, "a revision")->required();
    diff->add_option("TO", to_revision_, "default: the running one");
    Ask(diff, [this](Session session) { return Diff(session, revision_, to_revision_); });

    auto* revision = app_.add_subcommand("revision", "the history of the configuration")->require_subcommand(1);
    revision->fallthrough();
    Ask(revision->add_subcommand("list", "every revision, newest first"), ListRevisions);
  }

  void AddTunnels() {
    Ask(app_.add_subcommand("status", "the gateway and each tunnel: state, peer, suite, traffic, and why it is down"),
        Status);

    auto* tunnel = app_.add_subcommand("tunnel", "tunnels")->require_subcommand(1);
    tunnel->fallthrough();
    Ask(tunnel->add_subcommand("list", "every tunnel, the disabled ones too"), ListTunnels);

    auto* sa = app_.add_subcommand("sa", "security associations")->require_subcommand(1);
    sa->fallthrough();
    auto* list = sa->add_subcommand("list", "IKE SAs and their CHILD_SAs");
    list->add_option("TUNNEL", tunnel_, "default: all");
    Ask(list, [this](Session session) { return ListSas(session, tunnel_); });

    auto* up = app_.add_subcommand("up", "starts a tunnel and shows how far it comes");
    up->add_option("TUNNEL", tunnel_)->required();
    Duration(*up, "--wait", &wait_, "how long to watch; 0s returns once it is under way");
    Ask(up, [this](Session session) { return Up(session, tunnel_, wait_); });

    auto* down = app_.add_subcommand("down", "closes a tunnel at the peer too, until 'up' or a new configuration");
    down->add_option("TUNNEL", tunnel_)->required();
    down->add_flag("--child", child_, "its CHILD_SAs alone");
    Ask(down, [this](Session session) { return Down(session, tunnel_, ChosenPart()); });

    auto* rekey = app_.add_subcommand("rekey", "new keys for a tunnel: IKE SA and CHILD_SAs, or one of them");
    rekey->add_option("TUNNEL", tunnel_)->required();
    auto* ike = rekey->add_flag("--ike", ike_, "the IKE SA alone");
    rekey->add_flag("--child", child_, "the CHILD_SAs alone")->excludes(ike);
    Ask(rekey, [this](Session session) { return Rekey(session, tunnel_, ChosenPart()); });

    auto* events = app_.add_subcommand("events", "what happens, as it happens, until Ctrl-C");
    events->add_option("TUNNEL", events_.tunnel, "default: all");
    events->add_option("--resume", events_.resume_token, "token of the last event seen, instead of a snapshot");
    Ask(events, [this](Session session) { return Events(session, events_); });
  }

  void AddHelpers() {
    auto* explain = app_.add_subcommand("explain", "why a tunnel is as it is, and what to change");
    explain->add_option("TUNNEL", tunnel_)->required();
    Ask(explain, [this](Session session) { return Explain(session, tunnel_); });

    auto* secret = app_.add_subcommand("secret", "pre-shared keys")->require_subcommand(1);
    secret->fallthrough();
    auto* why = secret->add_subcommand("explain", "which secret a pair of peers would use, and why; shows no value");
    why->add_option("--local-id", secret_.local_id, "our identity");
    why->add_option("--remote-id", secret_.remote_id, "the peer's identity");
    why->add_option("--local-address", secret_.local_address, "our address");
    why->add_option("--remote-address", secret_.remote_address, "the peer's address");
    why->add_option("--ike-version", secret_.version, "")
        ->check(CLI::IsMember({"IKEV1", "IKEV2"}))
        ->capture_default_str();
    why->add_option("--mode", secret_.mode, "of IKEv1")
        ->check(CLI::IsMember({"MAIN", "AGGRESSIVE"}))
        ->capture_default_str();
    Ask(why, [this](Session session) { return ExplainSecret(session, secret_); });

    auto* version = app_.add_subcommand("version", "of culvertctl and of the daemon");
    version->fallthrough();
    version->callback([this] { chosen_ = [this](Printer& printer) { return Version(printer, Connect()); }; });
  }

  Part ChosenPart() const { return ike_ ? Part::kIke : (child_ ? Part::kChild : Part::kAll); }

  CLI::App app_;
  std::function<ExitCode(Printer&)> chosen_;

  std::string target_ = absl::StrCat(kScheme, daemon::SocketPath(daemon::kDefaultStateDir, "apid"));
  std::string output_ = "table";
  absl::Duration timeout_ = absl::Seconds(10);

  ApplyOptions apply_;
  ExportOptions export_;
  EventsOptions events_;
  ExplainSecretOptions secret_;
  std::string tunnel_;
  absl::Duration wait_ = absl::Seconds(10);
  int64_t revision_ = 0;
  int64_t to_revision_ = 0;
  bool ike_ = false;
  bool child_ = false;
};

}  // namespace

int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  return CommandLine().Run(argc, argv, out, err);
}

}  // namespace culvert::ctl
