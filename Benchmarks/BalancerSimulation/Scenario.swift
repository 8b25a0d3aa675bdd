/// A fleet, what is asked of it, and what happens to it. Times are seconds of the simulation, speeds are of the fastest
/// agent's, load is a part of what the whole fleet can do.
package struct Scenario {
    package var name: String
    /// In a line, for the table.
    var story: String
    var speeds: [Double]
    /// Requests that an agent works on at once; others wait in it, first come first served.
    var slots = 8
    var load = 0.6
    package var duration = 120.0
    /// Each with figures of its own.
    var proxies = 1
    /// Of each proxy; they share its figures.
    var loops = 1
    /// Of a request's work at full speed, in seconds.
    var work = 0.05
    var sigma = 0.5
    var changes: [Change] = []
    var pauses: Pauses?
    var streams: Streams?
    var reports: Reports?

    struct Change {
        var at: Double
        var what: What

        enum What {
            /// From now on at this part of its speed.
            case speed(agent: Int, Double)
            /// Refuses connections, and breaks what it has.
            case gone(agent: Int)
            case back(agent: Int)
            /// Answers this part of its requests at once, with 503.
            case failing(agent: Int, Double)
            /// Of the load.
            case load(Double)
        }
    }

    /// Each agent stands still now and then, as one that collects garbage does.
    struct Pauses {
        /// From one to the next, on the average.
        var every: Double
        /// On the average; half to one and a half of it.
        var length: Double
    }

    /// Some requests answer for long after their first byte, in a slot.
    struct Streams {
        /// Of all requests.
        var share: Double
        var length: Double
        /// Of the work to the first byte, beside that of others.
        var work: Double
    }

    /// Agents report how busy they are.
    struct Reports {
        var every: Double
        /// How old it is when it is read.
        var age: Double
    }

    /// Requests a second that the whole fleet can do.
    var capacity: Double {
        let held = streams.map { work * (1 - $0.share + $0.share * $0.work) + $0.share * $0.length } ?? work
        return speeds.reduce(0, +) * Double(slots) / held
    }
}
