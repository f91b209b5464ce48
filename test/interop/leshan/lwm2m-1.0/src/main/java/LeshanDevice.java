import static org.eclipse.leshan.core.model.ResourceModel.Operations.E;
import static org.eclipse.leshan.core.model.ResourceModel.Operations.R;
import static org.eclipse.leshan.core.model.ResourceModel.Operations.RW;

import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import org.eclipse.californium.core.network.config.NetworkConfig;
import org.eclipse.californium.core.network.config.NetworkConfig.Keys;
import org.eclipse.leshan.client.californium.LeshanClient;
import org.eclipse.leshan.client.californium.LeshanClientBuilder;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.resource.ObjectEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.resource.SimpleInstanceEnabler;
import org.eclipse.leshan.client.servers.ServerIdentity;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.model.ResourceModel.Operations;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.ObjectLink;
import org.eclipse.leshan.core.request.BindingMode;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.core.response.ExecuteResponse;
import org.eclipse.leshan.core.response.WriteResponse;

/**
 * A device of Leshan's client library for LwM2M 1.0. Arguments: server URI, endpoint name, preferred block size. It says on stdout
 * what happens to it, and takes orders on stdin: `set PATH VALUE` changes a resource, `quit` deregisters.
 */
public class LeshanDevice {
    private static final int SERVER_ID = 1;
    private static final int LIFETIME = 300;
    private static final int LARGEST_BODY = 1 << 20;

    /** What all instances are: resources of the model with the values that were set, each event told on stdout. */
    public static class Things extends SimpleInstanceEnabler {
        @Override
        public WriteResponse write(ServerIdentity server, int resource, LwM2mResource value) {
            WriteResponse response = super.write(server, resource, value);
            say("written " + path(resource));
            return response;
        }

        @Override
        public ExecuteResponse execute(ServerIdentity server, int resource, String arguments) {
            say("executed " + path(resource) + " " + arguments);
            return ExecuteResponse.success();
        }

        @Override
        public void onDelete(ServerIdentity server) {
            say("deleted /" + getModel().id + "/" + getId());
        }

        private LwM2mPath path(int resource) {
            return new LwM2mPath(getModel().id, getId(), resource);
        }

        /** Supported Binding and Modes (/3/0/16) is what it registers with. */
        @Override
        protected String createDefaultStringValueFor(ObjectModel object, ResourceModel resource) {
            return object.id == 3 && resource.id == 16 ? "U" : "";
        }

        void set(int resource, String text) {
            Type type = getModel().resources.get(resource).type;
            resources.put(resource, LwM2mSingleResource.newResource(resource, valueOf(type, text), type));
            fireResourcesChange(resource);
        }
    }

    public static void main(String[] arguments) throws Exception {
        List<ObjectEnabler> objects = new ArrayList<>();
        for (var object : objectsAt(arguments[0]).createAll()) objects.add((ObjectEnabler) object);
        LeshanClient client = clientFor(arguments[1], objects, Integer.parseInt(arguments[2]));
        client.addObserver(new LwM2mClientObserverAdapter() {
            @Override
            public void onRegistrationSuccess(ServerIdentity server, RegisterRequest request, String id) {
                say("registered " + id);
            }
        });
        client.start();
        obey(client, objects);
    }

    private static ObjectsInitializer objectsAt(String uri) {
        List<ObjectModel> models = ObjectLoader.loadDefault();
        models.addAll(List.of(temperature(), light(), testObject()));
        ObjectsInitializer initializer = new ObjectsInitializer(new StaticModel(models));
        initializer.setInstancesForObject(0, Security.noSec(uri, SERVER_ID));
        initializer.setInstancesForObject(1, new Server(SERVER_ID, LIFETIME, BindingMode.U, false));
        for (int object : new int[] { 3, 5, 3303, 3311, 3442 }) {
            initializer.setInstancesForObject(object, new Things());
        }
        return initializer;
    }

    private static LeshanClient clientFor(String endpoint, List<ObjectEnabler> objects, int blockSize) {
        NetworkConfig configuration = LeshanClientBuilder.createDefaultNetworkConfig();
        configuration.set(Keys.MAX_RESOURCE_BODY_SIZE, LARGEST_BODY);
        configuration.set(Keys.PREFERRED_BLOCK_SIZE, blockSize);
        configuration.set(Keys.MAX_MESSAGE_SIZE, blockSize);
        return new LeshanClientBuilder(endpoint).setObjects(objects).setCoapConfig(configuration).build();
    }

    private static void obey(LeshanClient client, List<ObjectEnabler> objects) {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] words = lines.nextLine().split(" ", 3);
            if (words[0].equals("quit")) break;
            set(objects, new LwM2mPath(words[1]), words[2]);
        }
        client.destroy(true);
        System.exit(0);
    }

    private static void set(List<ObjectEnabler> objects, LwM2mPath path, String text) {
        for (ObjectEnabler object : objects) {
            if (object.getId() != path.getObjectId()) continue;
            ((Things) object.getInstance(path.getObjectInstanceId())).set(path.getResourceId(), text);
        }
    }

    private static Object valueOf(Type type, String text) {
        return switch (type) {
            case INTEGER -> Long.valueOf(text);
            case FLOAT -> Double.valueOf(text);
            case BOOLEAN -> Boolean.valueOf(text);
            case TIME -> new Date(Long.parseLong(text) * 1000);
            case OPAQUE -> HexFormat.of().parseHex(text);
            case OBJLNK -> objectLink(text);
            default -> text;
        };
    }

    private static ObjectLink objectLink(String text) {
        String[] ids = text.split(":");
        return new ObjectLink(Integer.parseInt(ids[0]), Integer.parseInt(ids[1]));
    }

    private static ObjectModel temperature() {
        return object(3303, "Temperature", resource(5700, R, Type.FLOAT), resource(5701, R, Type.STRING),
                resource(5605, E, Type.STRING));
    }

    private static ObjectModel light() {
        return object(3311, "Light Control", mandatory(5850, Type.BOOLEAN), resource(5851, RW, Type.INTEGER),
                resource(5852, RW, Type.INTEGER), resource(5706, RW, Type.STRING));
    }

    /** The test object of the registry: a resource of each type of 1.0, single and multiple. */
    private static ObjectModel testObject() {
        List<ResourceModel> resources = new ArrayList<>(List.of(resource(3, E, Type.STRING)));
        Map<Integer, Type> types = Map.of(110, Type.STRING, 120, Type.INTEGER, 130, Type.FLOAT, 140, Type.BOOLEAN, 150,
                Type.OPAQUE, 160, Type.TIME, 170, Type.OBJLNK);
        types.forEach((id, type) -> {
            resources.add(resource(id, RW, type));
            resources.add(new ResourceModel(1000 + id, "Multiple " + type, RW, true, false, type, "", "", ""));
        });
        return object(3442, "LwM2M v1.1 Test Object", resources.toArray(ResourceModel[]::new));
    }

    private static ObjectModel object(int id, String name, ResourceModel... resources) {
        return new ObjectModel(id, name, "", "1.0", true, false, resources);
    }

    private static ResourceModel resource(int id, Operations operations, Type type) {
        return new ResourceModel(id, "Resource " + id, operations, false, false, type, "", "", "");
    }

    private static ResourceModel mandatory(int id, Type type) {
        return new ResourceModel(id, "Resource " + id, RW, false, true, type, "", "", "");
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }
}
