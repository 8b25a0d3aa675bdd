internal import ArgumentParser

/// `clawproxy config`: the configuration of the running proxy, seen and changed.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "See and change the configuration of the running proxy; where none runs, its files.",
        discussion: """
            Changes are checked whole, take effect on every loop at once, and drop nothing. They edit the last file \
            given by --config-file, else ~/.openclaw/gateway.json, in place: comments and order stay.

            KEY is a path such as routing.rules or agents.discovery.static.a.weight, with or without gateway. in \
            front; entries of lists are named by their id or name, or by index: routing.rules[0].

            Also spelled config.get --key KEY, config.patch --raw '{...}', with gateway in front if you like.
            """,
        subcommands: [
            ConfigGet.self, ConfigSet.self, ConfigUnset.self, ConfigPatch.self, ConfigApply.self, ConfigValidate.self,
            ConfigDiff.self, ConfigHistory.self, ConfigRollback.self, ConfigConfirm.self, ConfigReload.self,
            ConfigSchema.self,
        ])
}
