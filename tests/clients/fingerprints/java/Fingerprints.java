import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/** What Java's Avro calls schemas: name of the library, the file, the bytes as a message has them. */
public class Fingerprints {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            long number = SchemaNormalization.parsingFingerprint64(new Schema.Parser().parse(new File(path)));
            StringBuilder hex = new StringBuilder();
            for (byte b : ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array())
                hex.append(String.format("%02x", b));
            System.out.println("java - " + new File(path).getName() + " " + hex);
        }
    }
}
