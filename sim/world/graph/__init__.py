"""Who knows whom: from the scenario's ``graph`` to compressed sparse rows.

    spec ──> known_ties   (edge_list, networkx: people come with the graph)
      └────> build_graph ──> Graph(indptr, indices, strength, contacts)
               tribal (degrees, circles, matching) | classic | networkx | edge_list
               then strength (Granovetter), by kernel, the same in both directions

Building:  build_graph, known_ties, BuiltGraph, Ties, FileProblem
The graph: Graph, rows_from_edges, with_strength, Weight
Measures:  mean_degree, mixing, local_clustering, tribe_assortativity
"""

from sim.world.graph.build import BuiltGraph, build_graph, known_ties
from sim.world.graph.columns import FileProblem
from sim.world.graph.csr import Graph, rows_from_edges
from sim.world.graph.measures import local_clustering, mean_degree, mixing, tribe_assortativity
from sim.world.graph.strength import Weight, with_strength
from sim.world.graph.ties import Ties

__all__ = [
    "BuiltGraph",
    "FileProblem",
    "Graph",
    "Ties",
    "Weight",
    "build_graph",
    "known_ties",
    "local_clustering",
    "mean_degree",
    "mixing",
    "rows_from_edges",
    "tribe_assortativity",
    "with_strength",
]
