import Cache
import Glibc

/// The program: how many of a trace's requests the memory layer answers, by eviction policy; with options, what it takes
/// of the process's memory and how long a lookup takes.
@main
enum CacheHitRatio {
    static func main() {
        let options: Options
        do {
            options = try Options(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("CacheHitRatio: \(error.message)\n\n\(Options.usage)")
            exit(2)
        }
        switch options.task {
        case .ratios: ratios(options)
        case .memory: exit(MemoryWatch.run(options) ? 0 : 1)
        case .lookups: LookupTimes.run(options)
        }
    }

    private static func ratios(_ options: Options) {
        print(
            "seed \(options.seed), \(options.objects) objects, \(options.requests) requests, the first half not counted"
        )
        print(Table.head)
        for kind in Trace.Kind.allCases {
            for part in options.parts {
                let measured = [EvictionPolicy.s3Fifo, .lru].map { policy in
                    Replay.run(
                        Trace(kind, options), policy: policy, entries: Int(Double(options.objects) * part), options)
                }
                print(Table.row(kind, part, s3Fifo: measured[0], lru: measured[1]))
                fflush(nil)
            }
        }
    }
}
