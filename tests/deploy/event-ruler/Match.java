import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

/** Reads event patterns, one per line, an empty line, and events. Prints the events that match a pattern. */
public class Match {
  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var machine = Machine.builder().build();
    String line;
    while (!(line = input.readLine()).isEmpty()) machine.addRule(line, line);
    while ((line = input.readLine()) != null) {
      if (!machine.rulesForJSONEvent(line).isEmpty()) System.out.println(line);
    }
  }
}
