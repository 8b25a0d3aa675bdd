import Testing

@testable import Semantics

@Suite("The safetensors reader")
struct SafetensorsTests {
    @Test("half-precision numbers are read as the processor reads them, all 65,536")
    func halves() {
        let wrong = (UInt16.min...UInt16.max).filter { bits in
            let (expected, read) = (Float(Float16(bitPattern: bits)), TensorKind.half(bits))
            return expected.isNaN ? !read.isNaN : read != expected || read.sign != expected.sign
        }
        #expect(wrong.isEmpty)
    }

    @Test("tensors larger than a chunk are read whole, at their place in the block")
    func large() throws {
        let count = 300_000
        var file = SafetensorsText()
        file.add("before", [3], [1, 2, 3])
        file.add("large", [count], (0..<count).map(Float.init), kind: "F64")
        let folder = try ModelFolder()
        try folder.write("x", file.bytes)
        let read = try SafetensorsFile("\(folder.path)/x")
        let block = FloatBlock(count: count + 2)
        try read.read(try read.tensor("large", shape: [count]), into: block, at: 1)
        #expect((0..<count).allSatisfy { block.numbers[$0 + 1] == Float($0) })
        #expect(block.numbers[0] == 0 && block.numbers[count + 1] == 0)
    }

    struct Wrong: CustomTestStringConvertible {
        var testDescription: String
        var header: String
        var size = 8
        var length: UInt64?
        var message: String
    }

    static func one(_ fields: String) -> String { "{\"t\":{\(fields)}}" }

    static let wrong = [
        Wrong(
            testDescription: "length beyond the file", header: "{}", length: 1 << 20,
            message: "expected a safetensors header within the file"),
        Wrong(testDescription: "length of ones", header: "{}", length: .max, message: "expected a safetensors header"),
        Wrong(testDescription: "no object", header: "[]", message: "expected an object in the header"),
        Wrong(testDescription: "no JSON", header: "{", message: "expected a name in quotes"),
        Wrong(
            testDescription: "offsets beyond the file",
            header: one("\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]"),
            message: "expected data_offsets within the file"),
        Wrong(
            testDescription: "offsets backwards", header: one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]"),
            message: "expected data_offsets within the file"),
        Wrong(
            testDescription: "offsets below zero",
            header: one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]"),
            message: "expected data_offsets within the file"),
        Wrong(
            testDescription: "offsets that are no integers",
            header: one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,1e300]"),
            message: "expected data_offsets within the file"),
        Wrong(
            testDescription: "shape and offsets that disagree",
            header: one("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]"),
            message: "expected 8 bytes by data_offsets, found the shape [3]"),
        Wrong(
            testDescription: "a shape that overflows",
            header: one("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,8]"),
            message: "expected 8 bytes by data_offsets"),
        Wrong(
            testDescription: "a shape below zero",
            header: one("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]"),
            message: "expected a shape of whole numbers"),
        Wrong(
            testDescription: "an unknown type", header: one("\"dtype\":\"Q4\",\"shape\":[2],\"data_offsets\":[0,8]"),
            message: "expected a dtype of safetensors such as F32, found Q4"),
        Wrong(
            testDescription: "overlapping tensors",
            header: "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
            message: "expected tensors one after the other, found one that overlaps another"),
        Wrong(
            testDescription: "a hole", header: one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]"),
            message: "expected tensors one after the other, found a hole"),
        Wrong(
            testDescription: "bytes of no tensor",
            header: one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"),
            message: "expected 66 bytes by the header, found 70"),
        Wrong(
            testDescription: "a tensor twice",
            header: "{\"t\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
                + "\"t\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
            message: "expected each tensor once"),
    ]

    @Test("a header that lies is refused, with words", arguments: wrong)
    func refused(wrong: Wrong) throws {
        let folder = try ModelFolder()
        let data = [UInt8](repeating: 0, count: wrong.size)
        try folder.write("x", SafetensorsText.file(header: wrong.header, data: data, length: wrong.length))
        let fault = #expect(throws: EncoderFault.self) { try SafetensorsFile("\(folder.path)/x") }
        #expect(fault?.message.hasPrefix(wrong.message) == true, "\(String(describing: fault))")
        #expect(fault?.message.contains("; ") == true)
    }

    @Test("a file too short for a length is refused", arguments: [0, 1, 7])
    func short(count: Int) throws {
        let folder = try ModelFolder()
        try folder.write("x", [UInt8](repeating: 0, count: count))
        #expect(throws: EncoderFault.self) { try SafetensorsFile("\(folder.path)/x") }
    }

    @Test("a tensor of an unreadable type is refused only when it is needed")
    func unreadable() throws {
        var file = SafetensorsText()
        file.add("ids", [2], [1, 2], kind: "I64")
        let folder = try ModelFolder()
        try folder.write("x", file.bytes)
        let read = try SafetensorsFile("\(folder.path)/x")
        let fault = #expect(throws: EncoderFault.self) { try read.tensor("ids") }
        #expect(fault?.message == "expected F32, F16 or BF16, found I64; use an unquantised model")
    }
}
