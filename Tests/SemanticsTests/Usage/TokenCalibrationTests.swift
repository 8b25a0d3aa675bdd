import Semantics
import Testing

@Suite("Estimates of tokens come to be those of the model")
struct TokenCalibrationTests {
    @Test("until a model has said something, an estimate is taken as it is")
    func unknown() {
        let calibration = TokenCalibration()
        #expect(calibration.tokens(.prompt, of: "m", estimated: 100) == 100)
        calibration.learn(.prompt, of: "m", estimated: 3, reported: 9)
        #expect(calibration.tokens(.prompt, of: "m", estimated: 100) == 100, "too little to go by")
    }

    @Test("each model and each kind has a factor of its own, and late answers count for more")
    func learns() {
        let calibration = TokenCalibration()
        for _ in 0..<10 { calibration.learn(.prompt, of: "m", estimated: 140, reported: 100) }
        #expect(calibration.tokens(.prompt, of: "m", estimated: 1400) == 1000)
        #expect(calibration.tokens(.text, of: "m", estimated: 1400) == 1400)
        #expect(calibration.tokens(.prompt, of: "other", estimated: 1400) == 1400)
        for _ in 0..<400 { calibration.learn(.prompt, of: "m", estimated: 100, reported: 200) }
        #expect(abs(calibration.tokens(.prompt, of: "m", estimated: 1000) - 2000) <= 2)
    }

    @Test("what answers say is bounded, and so is how many models are known")
    func bounds() {
        let calibration = TokenCalibration()
        calibration.learn(.pieces, of: "m", estimated: 100, reported: .max)
        #expect(calibration.tokens(.pieces, of: "m", estimated: 100) == 1000)
        #expect(calibration.tokens(.pieces, of: "m", estimated: .max) == 1_000_000_000_000_000)
        calibration.learn(.pieces, of: "m", estimated: .max, reported: 1)
        #expect(calibration.tokens(.pieces, of: "m", estimated: 100) > 0)
        for index in 0..<(TokenCalibration.mostModels * 3) {
            calibration.learn(.text, of: "\(index)", estimated: 100, reported: 200)
        }
        #expect(calibration.tokens(.text, of: "\(TokenCalibration.mostModels * 3 - 1)", estimated: 100) == 200)
        #expect(calibration.tokens(.text, of: "0", estimated: 100) == 100, "it has been forgotten")
    }
}
