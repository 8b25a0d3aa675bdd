import Glibc

/// The program: runs what the options ask for, one scenario after the other, and prints.
@main
enum BalancerSimulation {
    static func main() {
        let options: Options
        do {
            options = try Options(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("BalancerSimulation: \(error.message)\n\n\(Options.usage)")
            exit(2)
        }
        if options.isTimed {
            Picks.run()
            return
        }
        let last = options.seed &+ UInt64(options.seeds) - 1
        print("seeds \(options.seed)...\(last); times to first byte in ms")
        var blocks: [Table.Block] = []
        for scenario in options.scenarios {
            let block = run(scenario.paced(options.pace), options)
            print(Table.text(block))
            fflush(nil)
            blocks.append(block)
        }
        print(Table.summary(blocks))
        let verdict = Table.verdict(blocks)
        print(verdict.text)
        if let directory = options.pictures, !Pictures.write(blocks, to: directory) { exit(1) }
        if options.isLaw, !verdict.holds { exit(1) }
    }

    static func run(_ scenario: Scenario, _ options: Options) -> Table.Block {
        let rows = options.strategies.map { strategy in
            let outturns = (0..<UInt64(options.seeds)).map {
                World(scenario, strategy: strategy, seed: options.seed &+ $0).run()
            }
            return Table.Row(strategy: strategy, outturn: .mean(of: outturns))
        }
        return Table.Block(scenario: scenario, rows: rows)
    }
}
