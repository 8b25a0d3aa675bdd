/// Which objects are asked for, one after the other.
struct Trace {
    enum Kind: String, CaseIterable {
        case zipf09 = "zipf 0.9"
        case zipf10 = "zipf 1.0"
        case zipf12 = "zipf 1.2"
        case scans = "zipf 1.0 with scans"
        case once = "zipf 1.0 with one-timers"
        case shifting = "zipf 1.0, shifting"

        var exponent: Double {
            switch self {
            case .zipf09: 0.9
            case .zipf12: 1.2
            default: 1.0
            }
        }
    }

    private let kind: Kind
    private let objects: Int
    private let zipf: Zipf
    private var random: Draws
    private var step = 0
    /// The next of those that are asked for once.
    private var stranger: Int
    private var scanLeft = 0

    init(_ kind: Kind, _ options: Options) {
        self.kind = kind
        objects = options.objects
        zipf = Zipf(objects, exponent: kind.exponent)
        random = Draws(seed: options.seed)
        stranger = objects
    }

    mutating func next() -> Int {
        step += 1
        switch kind {
        case .zipf09, .zipf10, .zipf12: break
        case .scans:
            // in half as many requests as there are objects comes a crawler, which asks for a twentieth as many
            if scanLeft == 0, random.below(objects / 2) == 0 { scanLeft = objects / 20 }
            if scanLeft > 0 {
                scanLeft -= 1
                return strange()
            }
        case .once: if random.below(4) == 0 { return strange() }
        case .shifting:
            // every objects / 20 requests all ranks move on by a thousandth of the objects
            return (zipf.draw(&random) + step / (objects / 20) * (objects / 1000)) % objects
        }
        return zipf.draw(&random)
    }

    private mutating func strange() -> Int {
        stranger += 1
        return stranger
    }
}
